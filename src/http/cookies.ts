import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The cookies of this server; there are no others. */
export type Cookies = {
  session: CookieJarEntry
  /** A random mark of a browser without a session, for the tokens of its forms; no row belongs to it. */
  visit: CookieJarEntry
  /** Somebody who has shown one factor of two: opens nothing but the page that asks for the second. */
  pending: CookieJarEntry
  /** Somebody who opened a link for a new password: stands for the link, and signs nobody in. */
  reset: CookieJarEntry
  /** What this browser tried out in the playground, for an hour. */
  playground: CookieJarEntry
  /** Whether a cookie of that name is one of these, or looks like one: such a name never leaves this server. */
  isOwn(name: string): boolean
}

export type CookieJarEntry = {
  readonly name: string
  /** The value, if it has the form of one of ours. */
  get(request: FastifyRequest): string | undefined
  /** `maxAge` in seconds. */
  set(reply: FastifyReply, value: string, maxAge: number): void
  clear(reply: FastifyReply): void
}

/** 128 random bits as base64url, made by `csrf.ts`. */
const VISIT = /^[\w-]{22}$/
/** 256 random bits as base64url. */
const SECRET = /^[\w-]{43}$/

/**
 * `__Host-trivet` on https (RFC 6265bis §4.1.3.2: Secure, no Domain, `Path=/`); on http `trivet-<port>`, because all
 * ports of one host share a cookie jar.
 */
export function createCookies(publicUrl: string): Cookies {
  const { protocol, port } = new URL(publicUrl)
  const secure = protocol === 'https:'
  const base = secure ? '__Host-trivet' : `trivet-${port || '80'}`
  const options: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure }
  const entry = (name: string, form = /^/): CookieJarEntry => ({
    name,
    get: (request) => {
      const value = request.cookies[name]
      return value !== undefined && form.test(value) ? value : undefined
    },
    set: (reply, value, maxAge) => void reply.setCookie(name, value, { ...options, maxAge }),
    clear: (reply) => void reply.clearCookie(name, options),
  })
  return {
    session: entry(base),
    visit: entry(`${base}-visit`, VISIT),
    pending: entry(`${base}-pending`, SECRET),
    reset: entry(`${base}-reset`, SECRET),
    playground: entry(`${base}-playground`, SECRET),
    isOwn: (name) => /^(?:__(?:host|secure)-)?trivet(?:-|$)/i.test(name),
  }
}
