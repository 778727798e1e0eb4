/** Whether a URL names this machine: `localhost` (RFC 6761 §6.3), 127.0.0.0/8 or ::1. */
export function isLoopbackUrl(text: string): boolean {
  const { hostname } = new URL(text)
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    /^127(\.\d+){3}$/.test(hostname) ||
    hostname === '[::1]'
  )
}
