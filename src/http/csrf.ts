import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Cookies } from './cookies.ts'
import { problem } from './errors.ts'

/** Tells forms of ours from those of other sites (decision "CSRF"). */
export type Csrf = {
  /** The token for the forms of this page; gives a browser without a session its visit cookie. */
  token(request: FastifyRequest, reply: FastifyReply): string
  /** Whether a POST came from a form of ours in this browser. */
  isGenuine(request: FastifyRequest, token: unknown): boolean
  /** @throws Problem `forged_request` (403) unless it did. */
  require(request: FastifyRequest): void
  /** For JSON by cookie: no form can send that type, so the request's own headers decide. @throws Problem */
  requireSameOrigin(request: FastifyRequest): void
}

const VISIT_SECONDS = 12 * 60 * 60

/**
 * A stateless synchronizer token: HMAC of the session's id or of the visit cookie. Beside it `Sec-Fetch-Site` decides
 * when present, else `Origin`; `Origin: null` alone is no refusal (`Referrer-Policy` and privacy tools cause it), but
 * where no token is asked for it proves nothing: a sandboxed frame of any site sends it.
 */
export function createCsrf(options: { key: Buffer; cookies: Cookies; publicUrl: string }): Csrf {
  // What browsers send as `Origin` has no path.
  const { origin } = new URL(options.publicUrl)
  const sign = (what: string, id: string) => createHmac('sha256', options.key).update(`${what}:${id}`).digest()

  function candidates(request: FastifyRequest): Buffer[] {
    const visit = options.cookies.visit.get(request)
    return [
      ...(request.caller ? [sign('session', request.caller.sessionId)] : []),
      ...(visit === undefined ? [] : [sign('visit', visit)]),
    ]
  }

  function isGenuine(request: FastifyRequest, token: unknown): boolean {
    if (typeof token !== 'string' || !isSameOrigin(request, [origin, 'null'])) return false
    const sent = Buffer.from(token, 'base64url')
    return candidates(request).some((good) => good.length === sent.length && timingSafeEqual(good, sent))
  }

  return {
    token(request, reply) {
      if (request.caller) return sign('session', request.caller.sessionId).toString('base64url')
      let visit = options.cookies.visit.get(request)
      if (visit === undefined) {
        visit = randomBytes(16).toString('base64url')
        options.cookies.visit.set(reply, visit, VISIT_SECONDS)
      }
      return sign('visit', visit).toString('base64url')
    },
    isGenuine,
    require(request) {
      const body = request.body
      const token = typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined
      if (!isGenuine(request, token)) {
        throw problem(
          'forged_request',
          'Nothing was done. Go back, load the page again and press the button once more.',
        )
      }
    },
    requireSameOrigin(request) {
      if (!isSameOrigin(request, [origin])) {
        throw problem('forged_request', 'This call came from a page of another site. Nothing was done.')
      }
    },
  }
}

function isSameOrigin(request: FastifyRequest, origins: readonly string[]): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = request.headers.origin
  return origin === undefined || origins.includes(origin)
}
