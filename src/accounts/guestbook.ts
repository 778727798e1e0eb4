import type { FastifyRequest } from 'fastify'
import type { Caller } from '#http'

/** `secret` is the value of the session's cookie. */
export type Guest = { readonly caller: Caller; readonly secret: string }

/** Longer than two answers to one double click are apart. */
const KEPT_MS = 10_000

/**
 * Makes a guest, one for all requests that a browser sends at once: they have no session yet, so its visit cookie is
 * what tells that they belong together. It opens nothing else, is random and HttpOnly; address and `User-Agent` have to
 * agree as well, so that a visit cookie that somebody planted does not bring that somebody into the session.
 */
export function createGuestbook(make: () => Promise<Guest>) {
  const arriving = new Map<string, Promise<Guest>>()
  return (visit: string | undefined, request: FastifyRequest): Promise<Guest> => {
    if (visit === undefined) return make()
    const key = JSON.stringify([visit, request.ip, request.headers['user-agent']])
    const known = arriving.get(key)
    if (known) return known
    const guest = make()
    arriving.set(key, guest)
    const forget = () => arriving.delete(key)
    guest.then(() => setTimeout(forget, KEPT_MS).unref(), forget)
    return guest
  }
}
