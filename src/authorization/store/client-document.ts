import { isDeepStrictEqual } from 'node:util'
import { type Kysely, sql } from 'kysely'
import type { ClientMetadata } from '../clients/metadata/metadata.ts'
import { columnsOf } from './client.ts'
import type { AuthorizationTables } from './tables.ts'

/** How what was read of a client's document stands; undefined for one that was never read. */
export type DocumentState = {
  readonly isDisabled: boolean
  readonly isFresh: boolean
  /** Out of date by less than a day. */
  readonly isUsable: boolean
}

export function findDocumentState(tables: Kysely<AuthorizationTables>, id: string): Promise<DocumentState | undefined> {
  return tables
    .selectFrom('tinyoauth_client')
    .select([
      sql<boolean>`disabled_at is not null`.as('isDisabled'),
      sql<boolean>`document_until > trivet.clock()`.as('isFresh'),
      sql<boolean>`document_until > trivet.clock() - interval '1 day'`.as('isUsable'),
    ])
    .where('id', '=', id)
    .where('registered_by', '=', 'document')
    .executeTakeFirst()
}

/**
 * Keeps what a document says. Where the client is another one by it (name, addresses, keys), what people consented to
 * and that an administrator vouched for it are void (security.md §10.14). One that is switched off stays as it is.
 *
 * @param tx a transaction
 * @returns what it was before
 */
export async function saveDocument(
  tx: Kysely<AuthorizationTables>,
  document: {
    readonly id: string
    readonly metadata: ClientMetadata
    readonly registrationTokenHash: Buffer
    readonly freshSeconds: number
  },
): Promise<'new' | 'changed' | 'same'> {
  const { id, metadata, registrationTokenHash, freshSeconds } = document
  const read = {
    ...columnsOf(metadata),
    document_until: sql<Date>`trivet.clock() + make_interval(secs => ${freshSeconds})`,
  }
  const { numInsertedOrUpdatedRows: inserted } = await tx
    .insertInto('tinyoauth_client')
    .values({ id, registered_by: 'document', registration_token_hash: registrationTokenHash, ...read })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  if (inserted === 1n) return 'new'
  const before = await tx
    .selectFrom('tinyoauth_client')
    .select(['metadata', 'is_verified'])
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (!before) return 'same'
  const isSame = isDeepStrictEqual(identityOf(before.metadata), identityOf(metadata))
  if (!isSame) await tx.deleteFrom('tinyoauth_consent').where('client_id', '=', id).execute()
  await tx
    .updateTable('tinyoauth_client')
    .set({
      ...read,
      is_verified: before.is_verified && isSame,
      ...(isSame ? {} : { updated_at: sql<Date>`trivet.clock()` }),
    })
    .where('id', '=', id)
    .execute()
  return isSame ? 'same' : 'changed'
}

type Identity = Pick<
  ClientMetadata,
  'client_name' | 'redirect_uris' | 'jwks' | 'jwks_uri' | 'logo_uri' | 'token_endpoint_auth_method'
>

/** What people know it by, and what keeps others from being it. */
function identityOf(metadata: Identity): unknown {
  const { client_name, redirect_uris, jwks, jwks_uri, logo_uri, token_endpoint_auth_method } = metadata
  const said = { client_name, redirect_uris, jwks, jwks_uri, logo_uri, token_endpoint_auth_method }
  // As the column gives it back: without members that are undefined.
  return JSON.parse(JSON.stringify(said))
}
