import { type Kysely, sql } from 'kysely'
import type { AuthorizationTables } from './tables.ts'

/** What one person allowed one client for one resource. */
export type Consent = { readonly resource: string; readonly scopes: readonly string[] }

export function listConsents(
  tables: Kysely<AuthorizationTables>,
  key: { readonly ownerId: string; readonly clientId: string },
): Promise<Consent[]> {
  return tables
    .selectFrom('tinyoauth_consent')
    .select(['resource', 'scopes'])
    .where('owner_id', '=', key.ownerId)
    .where('client_id', '=', key.clientId)
    .execute()
}

/** Adds to what was allowed before. */
export async function addConsent(
  tables: Kysely<AuthorizationTables>,
  consent: {
    readonly ownerId: string
    readonly clientId: string
    readonly resources: readonly string[]
    readonly scopes: readonly string[]
  },
): Promise<void> {
  const { ownerId, clientId, resources, scopes } = consent
  await tables
    .insertInto('tinyoauth_consent')
    .values(resources.map((resource) => ({ owner_id: ownerId, client_id: clientId, resource, scopes: [...scopes] })))
    .onConflict((conflict) =>
      conflict.columns(['owner_id', 'client_id', 'resource']).doUpdateSet({
        scopes: sql`array(select distinct unnest(tinyoauth_consent.scopes || excluded.scopes))`,
        at: sql`trivet.clock()`,
      }),
    )
    .execute()
}

/** The client's part: its remembered consents of all resources. */
export async function deleteConsents(
  tables: Kysely<AuthorizationTables>,
  key: { readonly ownerId: string; readonly clientId: string },
): Promise<void> {
  await tables
    .deleteFrom('tinyoauth_consent')
    .where('owner_id', '=', key.ownerId)
    .where('client_id', '=', key.clientId)
    .execute()
}
