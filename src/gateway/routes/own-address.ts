import type { RouteRules } from './route-file.ts'

/** Whether an upstream is this very server: what it was sent would come in again, and be sent again. */
export function isTrivetItself(upstream: URL, { publicUrl, port }: RouteRules): boolean {
  const own = new URL(publicUrl)
  const listens = [port, isLoopback(own.hostname) ? portOf(own) : undefined]
  if (isLoopback(upstream.hostname) && listens.includes(portOf(upstream))) return true
  // Where its URL has a path, what is beside it on the same host is somebody else's.
  return upstream.hostname === own.hostname && portOf(upstream) === portOf(own) && isBelow(upstream, own)
}

function isBelow({ pathname }: URL, own: URL): boolean {
  return `${pathname}/`.startsWith(own.pathname.replace(/\/?$/, '/'))
}

/** RFC 6761 §6.3, RFC 1122 §3.2.1.3; to connect to "any address" is to connect to this machine. */
function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\])$/.test(hostname)
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}
