import type { FastifyReply, FastifyRequest } from 'fastify'
import { findPersona, type Persona } from '../personas.ts'
import type { Realm } from '../realm.ts'

const COOKIE = 'sandbox-google'

/** Who this browser is signed in as. */
export function readSession({ records }: Realm, request: FastifyRequest): Persona | undefined {
  const id = request.cookies[COOKIE]
  return id === undefined ? undefined : findPersona(records.sessions.get(id)?.account)
}

export function startSession({ records, random, now, site }: Realm, reply: FastifyReply, persona: Persona) {
  const id = random(24).toString('base64url')
  records.commit(records.sessions.put(id, { account: persona.email, createdAt: now() }))
  reply.setCookie(COOKIE, id, { path: site.path('/google'), httpOnly: true, sameSite: 'lax' })
}
