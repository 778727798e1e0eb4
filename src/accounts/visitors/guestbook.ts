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
export function createGuestbook(options: {
  make: () => Promise<Guest>
  /** Whether the session has not ended meanwhile. */
  isLive: (guest: Guest) => Promise<boolean>
}) {
  const arriving = new Map<string, Promise<Guest>>()
  const forget = (key: string, guest: Promise<Guest>) => {
    if (arriving.get(key) === guest) arriving.delete(key)
  }

  return async (visit: string | undefined, request: FastifyRequest): Promise<Guest> => {
    if (visit === undefined) return options.make()
    const key = JSON.stringify([visit, request.ip, request.headers['user-agent']])
    for (let known = arriving.get(key); known; known = arriving.get(key)) {
      const guest = await known
      if (await options.isLive(guest)) return guest
      forget(key, known)
    }
    const guest = options.make()
    arriving.set(key, guest)
    guest.then(
      () => setTimeout(() => forget(key, guest), KEPT_MS).unref(),
      () => forget(key, guest),
    )
    return guest
  }
}
