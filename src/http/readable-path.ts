/**
 * A path whose percent-escapes are no UTF-8 names nothing here. The router would answer it past all hooks: no headers,
 * no page, no log line. Read as the text that it is, it goes the way of every unknown address.
 */
export function readablePath(url: string): string {
  const end = url.search(/[?#]|$/)
  const path = url.slice(0, end)
  return isReadable(path) ? url : path.replaceAll('%', '%25') + url.slice(end)
}

function isReadable(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURI(path)
    return true
  } catch {
    return false
  }
}
