import type { FastifyInstance } from 'fastify'
import { isId } from '#base'
import { formFields } from '#http'
import { actorOf } from '../audit/audit.ts'
import { withNotice } from '../identities/identities.ts'
import { unlinkIdentity } from '../identities/unlink.ts'
import { type IdentitiesNotice, identitiesPage } from '../pages/identities-page.tsx'
import { listIdentities } from '../store/login-identity.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'

const PATH = '/account/identities'

/** What has just happened; from the address only codes are taken, so that nobody writes on this page by a link. */
const NOTICES: ReadonlyMap<string, IdentitiesNotice> = new Map<string, IdentitiesNotice>([
  ['linked', { tone: 'ok', heading: 'Linked', text: 'From now on this account signs you in here.' }],
  ['linked_already', { tone: 'ok', heading: 'Linked', text: 'This account signed you in here already.' }],
  [
    'taken',
    {
      tone: 'warn',
      heading: 'This account signs somebody else in here',
      text: 'Nothing was linked. If both accounts on this server are yours: sign in with it, unlink it there, and come back.',
    },
  ],
  [
    'sandbox_admin',
    {
      tone: 'warn',
      heading: 'Not for administrators',
      text: 'Nothing was linked: at the sandbox anybody can be anybody.',
    },
  ],
  ['gone', { tone: 'warn', heading: 'That took too long', text: 'Nothing was linked. Start again.' }],
  [
    'unlinked',
    {
      tone: 'ok',
      heading: 'Unlinked',
      text: 'This account does not sign you in here any more. Other browsers are signed out.',
    },
  ],
  [
    'last_way',
    {
      tone: 'warn',
      heading: 'It is the only way in that you have',
      text: 'Nothing was unlinked. Set a password or link another account first.',
    },
  ],
  ['not_found', { tone: 'warn', heading: 'It is not linked', text: 'It may have been unlinked already.' }],
  [
    'other_account',
    {
      tone: 'warn',
      heading: 'That was somebody else’s account',
      text: 'You came back with an account that signs in somebody else here. You are still signed in as before.',
    },
  ],
  [
    'not_linked',
    {
      tone: 'warn',
      heading: 'That account is not linked',
      text: 'You came back with an account that signs nobody in here. You are still signed in as before. You can link it below.',
    },
  ],
  ['confirmed', { tone: 'ok', heading: 'Thank you', text: 'Now go on with what you wanted to do.' }],
  ['denied', { tone: 'warn', heading: 'Nothing was linked', text: 'You did not agree there, so nothing changed.' }],
  ['expired', { tone: 'warn', heading: 'That took too long', text: 'Nothing was linked. Start again.' }],
])

/** `/account/identities`: accounts elsewhere that sign one in here. `POST …/:provider` begins at `#connections`. */
export function identityRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = ownPages(server, deps, PATH)

  pages.get(async (request, reply, { user }) => {
    const query = formFields(request.query)
    const shown = identitiesPage({
      page: deps.pages.context(request, reply),
      identities: await listIdentities(deps.tables, user.id),
      providers: deps.signInProviders(),
      notice: NOTICES.get(query['connect'] ?? query['notice'] ?? ''),
    })
    return deps.pages.send(reply, shown, { leavesSite: true })
  })

  pages.post(async (request, reply, { user, caller }) => {
    const { id } = request.params as { id: string }
    // ASVS 5.0, 7.5.1: who takes a way in away proves first who they are.
    const first = await deps.accounts.confirmFirst(request, withNotice(PATH, 'confirmed'))
    if (first !== undefined) return reply.redirect(first, 303)
    const issuers = deps.signInProviders().map(({ issuer }) => issuer)
    const identity = { id, ownerId: user.id, keptSessionId: caller.sessionId }
    const outcome = isId(id) ? await unlinkIdentity(deps.tables, identity, issuers, actorOf(request, user)) : undefined
    if (outcome?.result !== 'unlinked') return reply.redirect(withNotice(PATH, outcome?.result ?? 'not_found'), 303)
    await deps.accounts.changeSecret(request, reply)
    return reply.redirect(withNotice(PATH, 'unlinked'), 303)
  }, `${PATH}/:id/unlink`)
}
