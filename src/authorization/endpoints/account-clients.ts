import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import type { Accounts } from '#accounts'
import { formFields } from '#http'
import type { RecordChange } from '../clients/record-change.ts'
import { type RegistrationDeps, removeOwned } from '../clients/registration.ts'
import { problem } from '../errors.ts'
import { accountClientDeletePage } from '../pages/account-client-delete-page.tsx'
import { listOwnedEntries } from '../store/client.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { forUsers, PAGE } from './account-apps.ts'
import type { PageDeps } from './deps.ts'

const DELETE = `${PAGE}/delete`

/**
 * `GET` and `POST /account/apps/delete`: an application that one registered, whose registration token may be lost. Other
 * people's access goes with it, so that a browser that was left open is not enough (ASVS 5.0, 7.5.1).
 */
export function accountClientRoutes(
  server: FastifyInstance,
  deps: Pick<PageDeps, 'csrf' | 'pages'> & {
    readonly accounts: Pick<Accounts, 'confirmFirst'>
    readonly registration: Pick<RegistrationDeps, 'database' | 'directory'> & { readonly recordChange: RecordChange }
    readonly tables: Kysely<AuthorizationTables>
  },
): void {
  const { accounts, pages, registration, tables } = deps

  /** @throws Problem `not_found`, for those of others as for none */
  async function findOwn(ownerId: string, id: string | undefined) {
    const own = (await listOwnedEntries(tables, ownerId)).find(({ client }) => client.id === id)
    if (own && !own.isDisabled) return own.client
    throw problem('not_found', 'You have no such application that could be deleted; /account/apps lists yours.')
  }

  const confirm = (request: FastifyRequest, id: string) =>
    accounts.confirmFirst(request, `${DELETE}?${new URLSearchParams({ client: id })}`)

  server.get(
    DELETE,
    forUsers(async (request, reply, { ownerId }) => {
      const client = await findOwn(ownerId, formFields(request.query)['client'])
      const first = await confirm(request, client.id)
      if (first !== undefined) return reply.redirect(first, 303)
      return pages.send(reply, accountClientDeletePage({ page: pages.context(request, reply), client }))
    }),
  )

  server.post(
    DELETE,
    forUsers(async (request, reply, { ownerId }) => {
      deps.csrf.require(request)
      const { id, name } = await findOwn(ownerId, formFields(request.body)['client'])
      const first = await confirm(request, id)
      if (first !== undefined) return reply.redirect(first, 303)
      const noteOf = await registration.recordChange({ by: { ownerId }, address: request.ip })
      const note = noteOf({ action: 'client.deleted', clientId: id, details: { name } })
      await removeOwned(registration, { id, ownerId }, note)
      return reply.redirect(`${PAGE}?deleted`, 303)
    }),
  )
}
