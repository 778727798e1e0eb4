import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OAuthRealm } from './realm.ts'

const cookieOf = ({ provider }: OAuthRealm) => `sandbox-${provider}`

/** The account this browser is signed in to. */
export function readSession(realm: OAuthRealm, request: FastifyRequest): string | undefined {
  const id = request.cookies[cookieOf(realm)]
  return id === undefined ? undefined : realm.records.sessions.get(id)?.account
}

export function startSession(realm: OAuthRealm, reply: FastifyReply, account: string) {
  const { records, random, now, site, provider } = realm
  const id = random(24).toString('base64url')
  records.commit(records.sessions.put(id, { account, createdAt: now() }))
  reply.setCookie(cookieOf(realm), id, { path: site.path(`/${provider}`), httpOnly: true, sameSite: 'lax' })
}
