/** What somebody reads who has to wait before the next attempt. */
export function tooMany(seconds: number): string {
  const wait = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
  return `Too many wrong passwords. Wait ${wait}, then try again.`
}
