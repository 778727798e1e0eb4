import type { FastifyInstance } from 'fastify'
import { isId } from '#base'
import { formFields } from '#http'
import { actorOf, auditNote } from '../audit/audit.ts'
import { orderNotice } from '../email/notices.ts'
import { removePasskey } from '../factors/remove-passkey.ts'
import { MOST_PASSKEY_NAME } from '../pages/factors-page.tsx'
import { renamePasskey } from '../store/passkey.ts'
import { FACTORS, freshPages, showFactors } from './account-factors.ts'
import type { EndpointDeps } from './deps.ts'

const NAME = { field: 'passkey-name', message: `Enter a name of at most ${MOST_PASSKEY_NAME} characters.` }
const REFUSED = {
  expired: 'This page was open for too long. Add the passkey once more.',
  failed: 'What your browser sent is no passkey for this server, or it did not check that it is you. Try again.',
  taken: 'This passkey is here already, or there are too many of them, or you were signed out meanwhile.',
  last_way: 'This passkey is the only way in that you have. Set a password or add another one first.',
  not_found: 'There is no such passkey. It may have been removed already.',
} as const

/** `POST /account/factors/passkeys` adds, `POST …/:id` renames or removes. */
export function passkeyRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = freshPages(server, deps, FACTORS)

  pages.post(async (request, reply, { user, caller }) => {
    const { csrf = '', credential = '', name: typed = '' } = formFields(request.body)
    const refuse = (error: { readonly field?: string; readonly message: string }) =>
      showFactors(deps, request, reply, { user, errors: [error], status: undefined })
    const name = parseName(typed)
    if (name === undefined) return refuse(NAME)
    const target = { kind: 'user', id: user.publicId } as const
    const note = auditNote(actorOf(request, user), { action: 'passkey.added', target, details: { name } })
    const outcome = await deps.passkeys.add(credential, { csrf }, { user, sessionId: caller.sessionId, name, note })
    if (outcome.result !== 'added') return refuse({ message: REFUSED[outcome.result] })
    await orderNotice(deps.mail, 'passkey_added', user)
    return reply.redirect(`${FACTORS}?notice=passkey_added`, 303)
  }, `${FACTORS}/passkeys`)

  pages.post(async (request, reply, { user, caller }) => {
    const { id } = request.params as { id: string }
    const { name: typed = '', remove } = formFields(request.body)
    const refuse = (error: { readonly field?: string; readonly message: string }) =>
      showFactors(deps, request, reply, { user, errors: [error], status: undefined })
    const own = { id, ownerId: user.id }
    if (!isId(id)) return refuse({ message: REFUSED.not_found })
    if (remove !== undefined) {
      const issuers = deps.signInProviders().map(({ issuer }) => issuer)
      const passkey = { ...own, keptSessionId: caller.sessionId }
      const outcome = await removePasskey(deps.tables, passkey, issuers, actorOf(request, user))
      if (outcome.result !== 'removed') return refuse({ message: REFUSED[outcome.result] })
      await deps.accounts.changeSecret(request, reply)
      await orderNotice(deps.mail, 'passkey_removed', user)
      return reply.redirect(`${FACTORS}?notice=passkey_removed`, 303)
    }
    const name = parseName(typed)
    if (name === undefined) return refuse({ message: NAME.message })
    if (!(await renamePasskey(deps.tables, own, name))) return refuse({ message: REFUSED.not_found })
    return reply.redirect(`${FACTORS}?notice=passkey_renamed`, 303)
  }, `${FACTORS}/passkeys/:id`)
}

/** Characters that cannot be seen go: a name is there to be recognised. */
function parseName(typed: string): string | undefined {
  const name = typed.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()
  return name === '' || name.length > MOST_PASSKEY_NAME ? undefined : name
}
