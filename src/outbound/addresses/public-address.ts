import ipaddr from 'ipaddr.js'

/** RFC 4291 §2.4: all global unicast addresses handed out so far begin with binary 001. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')

/**
 * Whether an IP address is an ordinary one of the public internet. Everything else is not: private, loopback,
 * link-local (cloud metadata lives there), CGNAT, ULA, multicast, reserved, and the forms that carry an IPv4 address
 * inside an IPv6 one (mapped, NAT64, 6to4, Teredo), which would smuggle a private address past the check.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST)
}
