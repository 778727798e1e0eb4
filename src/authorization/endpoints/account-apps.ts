import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { signInFirst } from '#accounts'
import { type Caller, formFields } from '#http'
import type { Apis } from '../checks/apis.ts'
import type { FindClient } from '../checks/check-place.ts'
import { accountAppsPage } from '../pages/account-apps-page.tsx'
import { listAccess } from '../store/access.ts'
import { listOwnedEntries } from '../store/client.ts'
import { deleteConsents } from '../store/consent.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { PageDeps } from './deps.ts'

export const PAGE = '/account/apps'

/** The entry on the page of an account that leads here. */
export const ACCOUNT_APPS_LINK = {
  id: 'account-apps',
  href: PAGE,
  label: 'Apps with access',
  text: 'What you allowed other applications, how to take it back, and the ones that you registered.',
}

/**
 * `GET /account/apps`: who may do what in one's name, and one's own applications; `POST /account/apps/revoke` takes it back (ASVS 5.0,
 * 10.4.9, 10.7.3).
 */
export function accountAppsRoutes(
  server: FastifyInstance,
  deps: Pick<PageDeps, 'csrf' | 'pages'> & {
    readonly tables: Kysely<AuthorizationTables>
    readonly tokens: Pick<Tokens, 'revokeGrantsOf'>
    readonly findClient: FindClient
    readonly apis: Apis
  },
): void {
  const { tables, pages, apis } = deps

  server.get(
    PAGE,
    forUsers(async (request, reply, { ownerId }) => {
      const access = await listAccess(tables, ownerId)
      const apps = await Promise.all(
        access.map(async (one) => ({ ...one, client: await deps.findClient(one.clientId) })),
      )
      const own = await listOwnedEntries(tables, ownerId)
      const { revoked, deleted } = formFields(request.query)
      const done = revoked !== undefined ? 'revoked' : deleted !== undefined ? 'deleted' : undefined
      return pages.send(reply, accountAppsPage({ page: pages.context(request, reply), apps, apis, own, done }))
    }),
  )

  server.post(
    `${PAGE}/revoke`,
    forUsers(async (request, reply, { ownerId }) => {
      deps.csrf.require(request)
      const { client: clientId = '' } = formFields(request.body)
      // Consent first: were it to stay, the client would be back without a question.
      await deleteConsents(tables, { ownerId, clientId })
      await deps.tokens.revokeGrantsOf({ ownerId, clientId })
      return reply.redirect(`${PAGE}?revoked`, 303)
    }),
  )
}

/** Whoever is not signed in does so first. */
export function forUsers(
  work: (request: FastifyRequest, reply: FastifyReply, caller: Caller) => Promise<FastifyReply>,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    request.caller?.user ? work(request, reply, request.caller) : reply.redirect(signInFirst(PAGE), 303)
}
