/** What somebody reads who has to wait before the next attempt. */
export function tooMany(seconds: number): string {
  return `Too many wrong passwords. Wait ${waitInWords(seconds)}, then try again.`
}

export function tooManyCodes(seconds: number): string {
  return `Too many wrong codes. Wait ${waitInWords(seconds)}, then try again.`
}

/** "40 seconds", "15 minutes". */
export function waitInWords(seconds: number): string {
  return seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}
