import type { FastifyInstance } from 'fastify'
import { newId } from '#base'
import { formFields, limited } from '#http'
import { PASSKEY_AMR } from '../factors/passkeys.ts'
import { originOf } from '../login/origin.ts'
import { parseWayOn } from '../login/way-on.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import type { EndpointDeps } from './deps.ts'
import { showLogin } from './login.ts'

const EXPIRED = 'This page was open for too long, or was not sent from here. Use your passkey once more.'
/** The same for a passkey of nobody, of somebody who is gone, and for one that signed wrongly. */
const REFUSED = 'This passkey does not sign you in here. Sign in with your password, or try another one.'

/** `POST /login/passkey`: the passkey says who it is, and counts as two factors. */
export function loginPasskeyRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const config = limited({ most: 60, seconds: 60 })
  server.post('/login/passkey', { config }, async (request, reply) => {
    const { csrf = '', credential = '', ...fields } = formFields(request.body)
    const way = parseWayOn(fields, deps.publicUrl)
    const again = (status: number, message: string) =>
      showLogin(deps, request, reply.code(status), { way, username: '', errors: [{ message }], status: undefined })

    if (!deps.csrf.isGenuine(request, csrf)) return again(403, EXPIRED)
    const outcome = await deps.passkeys.signIn(credential, { csrf })
    if (outcome.result === 'expired') return again(422, EXPIRED)
    const ownerId = outcome.result === 'succeeded' ? outcome.user.id : (outcome.ownerId ?? null)
    const event = { id: newId(), ownerId, outcome: outcome.result, method: 'passkey', ...originOf(request) }
    if (ownerId !== null) await insertLoginEvent(deps.tables, event)
    if (outcome.result === 'failed') return again(422, REFUSED)
    const proof = { user: outcome.user, amr: [...PASSKEY_AMR], way }
    return reply.redirect(await deps.finishSignIn(request, reply, proof), 303)
  })
}
