import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

/** Where an attempt comes from. */
export type Origin = { readonly address: string; readonly userAgent: string }

const MOST_USER_AGENT = 200

export function originOf(request: FastifyRequest): Origin {
  const userAgent = (request.headers['user-agent'] ?? '').replace(/[^\x20-\x7e\xa0-\xff]/g, ' ')
  return { address: request.ip, userAgent: userAgent.slice(0, MOST_USER_AGENT) }
}

/** What one subscriber has: an IPv4 address, or the /64 in which they may choose any IPv6 address (RFC 6177). */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
