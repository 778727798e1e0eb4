import { type Kysely, type Selectable, sql } from 'kysely'
import {
  type ClientCounts,
  type ClientEntry,
  type ClientRecord,
  type ClientState,
  clientOf,
} from '../clients/client.ts'
import type { ClientMetadata, StandardMetadata } from '../clients/metadata/metadata.ts'
import type { RegisteredBy } from '../clients/metadata/rights.ts'
import type { AuthorizationTables } from './tables.ts'

type Row = Selectable<AuthorizationTables['tinyoauth_client']>

type NewClient = {
  readonly id: string
  readonly ownerId: string | null
  readonly registeredBy: RegisteredBy
  readonly metadata: ClientMetadata
  readonly secretHash: Buffer | undefined
  readonly registrationTokenHash: Buffer
}

/** Those that are switched off are as if they were not there. */
export async function findClientRecord(
  tables: Kysely<AuthorizationTables>,
  id: string,
): Promise<ClientRecord | undefined> {
  const row = await tables
    .selectFrom('tinyoauth_client')
    .selectAll()
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return row && recordOf(row)
}

/** Of one user, the newest first. By index `tinyoauth_client_owner`. */
export async function listClientRecords(
  tables: Kysely<AuthorizationTables>,
  ownerId: string,
): Promise<readonly ClientRecord[]> {
  const rows = await tables
    .selectFrom('tinyoauth_client')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(recordOf)
}

/** All, or the one of this id, switched off or not; the newest first. */
export async function listClientEntries(
  tables: Kysely<AuthorizationTables>,
  id: string | undefined,
): Promise<readonly ClientEntry[]> {
  const all = tables.selectFrom('tinyoauth_client').selectAll()
  const wanted = id === undefined ? all : all.where('id', '=', id)
  const rows = await wanted.orderBy('created_at', 'desc').orderBy('id').execute()
  return rows.map(entryOf)
}

/** The newest first, a page that begins after a client; the search looks into names, ids and redirect addresses. */
export async function listClientPage(
  tables: Kysely<AuthorizationTables>,
  asked: {
    readonly most: number
    readonly after: string | undefined
    readonly search: string | undefined
    readonly state: ClientState | undefined
  },
): Promise<ClientEntry[]> {
  const { after, state } = asked
  const search = asked.search?.toLowerCase()
  const rows = await tables
    .selectFrom('tinyoauth_client')
    .selectAll()
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(created_at, id) < (select created_at, id from trivet.tinyoauth_client where id = ${after})`,
      ),
    )
    .$if(search !== undefined, (query) =>
      query.where(
        sql<boolean>`(strpos(lower(coalesce(metadata->>'client_name', '')), ${search}) > 0
          or strpos(lower(id), ${search}) > 0
          or strpos(lower(metadata->>'redirect_uris'), ${search}) > 0)`,
      ),
    )
    .$if(state === 'unverified', (query) => query.where('is_verified', '=', false))
    .$if(state === 'verified', (query) => query.where('is_verified', '=', true))
    .$if(state === 'disabled', (query) => query.where('disabled_at', 'is not', null))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(asked.most)
    .execute()
  return rows.map(entryOf)
}

export async function countClients(tables: Kysely<AuthorizationTables>): Promise<ClientCounts> {
  return tables
    .selectFrom('tinyoauth_client')
    .select([
      sql<number>`count(*)::integer`.as('clients'),
      sql<number>`(count(*) filter (where not is_verified))::integer`.as('unverified'),
      sql<number>`(count(*) filter (where disabled_at is not null))::integer`.as('disabled'),
    ])
    .executeTakeFirstOrThrow()
}

/**
 * @param trx a transaction: the count stands until the row is in
 * @param most clients that its owner may have; counted under a lock on the owner's row, so that many registrations at
 *   once are not more than one after the other
 * @returns when it was made; undefined when the owner has that many, or is gone
 */
export async function insertClient(
  trx: Kysely<AuthorizationTables>,
  client: NewClient,
  most: number,
): Promise<Date | undefined> {
  const { ownerId } = client
  if (ownerId === null) return insert(trx, client)
  const { rows } = await sql`select 1 from trivet.user_account where id = ${ownerId} for no key update`.execute(trx)
  if (rows.length === 0) return undefined
  const { count } = await trx
    .selectFrom('tinyoauth_client')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('owner_id', '=', ownerId)
    .executeTakeFirstOrThrow()
  return Number(count) < most ? insert(trx, client) : undefined
}

async function insert(tables: Kysely<AuthorizationTables>, client: NewClient): Promise<Date> {
  const { created_at } = await tables
    .insertInto('tinyoauth_client')
    .values({
      id: client.id,
      owner_id: client.ownerId,
      registered_by: client.registeredBy,
      secret_hash: client.secretHash ?? null,
      registration_token_hash: client.registrationTokenHash,
      ...columnsOf(client.metadata),
    })
    .returning('created_at')
    .executeTakeFirstOrThrow()
  return created_at
}

/** The gateway of this server, part of the house: nobody is asked whether it may know who they are. */
export async function insertGatewayClient(
  tables: Kysely<AuthorizationTables>,
  client: { readonly id: string; readonly registrationTokenHash: Buffer },
): Promise<void> {
  const metadata: StandardMetadata = {
    client_name: 'Gateway of this server',
    redirect_uris: [],
    // Without a key: its codes are redeemed in this process, and at /token by nobody.
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    application_type: 'web',
    scope: 'openid profile',
    subject_type: 'public',
    id_token_signed_response_alg: 'ES256',
  }
  await tables
    .insertInto('tinyoauth_client')
    .values({
      id: client.id,
      owner_id: null,
      registered_by: 'admin',
      secret_hash: null,
      registration_token_hash: client.registrationTokenHash,
      metadata: JSON.stringify(metadata),
      require_pkce: true,
      consent_required: false,
      is_verified: true,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
/** As a Date gives it back, which has no microseconds. */
const UPDATED_AT = sql<Date | null>`date_trunc('milliseconds', updated_at)`

/**
 * Replaces the metadata, if the registration token is still the one of this client, and forgets what people consented
 * to and that an administrator vouched for it: both were for the old name and the old addresses.
 *
 * @returns undefined when it was deleted, switched off, or changed meanwhile by somebody else
 */
export async function updateClient(
  tables: Kysely<AuthorizationTables>,
  key: { readonly id: string; readonly registrationTokenHash: Buffer; readonly updatedAt: Date },
  change: { readonly metadata: ClientMetadata; readonly secretHash: Buffer | undefined },
): Promise<ClientRecord | undefined> {
  const row = await tables
    .with('forgotten', (db) => db.deleteFrom('tinyoauth_consent').where('client_id', '=', key.id))
    .updateTable('tinyoauth_client')
    .set({
      ...columnsOf(change.metadata),
      secret_hash: change.secretHash ?? null,
      is_verified: false,
      updated_at: sql<Date>`greatest(trivet.clock(), updated_at + interval '1 millisecond')`,
    })
    .where('id', '=', key.id)
    .where('registration_token_hash', '=', key.registrationTokenHash)
    .where(UPDATED_AT, '=', key.updatedAt)
    .where('disabled_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row && recordOf(row)
}

/** Of one user, the newest first, switched-off ones too. By index `tinyoauth_client_owner`. */
export async function listOwnedEntries(
  tables: Kysely<AuthorizationTables>,
  ownerId: string,
): Promise<readonly ClientEntry[]> {
  const all = tables.selectFrom('tinyoauth_client').selectAll().where('owner_id', '=', ownerId)
  const rows = await all.orderBy('created_at', 'desc').orderBy('id').execute()
  return rows.map(entryOf)
}

/** By its owner. One that was switched off stays: that it was would be forgotten with it. @returns whether it was there */
export async function deleteOwnedClient(
  tables: Kysely<AuthorizationTables>,
  { id, ownerId }: { readonly id: string; readonly ownerId: string },
): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('tinyoauth_client')
    .where('id', '=', id)
    .where('owner_id', '=', ownerId)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** With it go its grants, codes, refresh tokens and consents. @returns whether it was there */
export async function deleteClient(tables: Kysely<AuthorizationTables>, id: string): Promise<boolean> {
  const { numDeletedRows } = await tables.deleteFrom('tinyoauth_client').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

/**
 * For administrators.
 *
 * @param seenAt `updatedAt` of the client that they looked at; given that, a client that is another one since stays as it is
 * @returns whether it was there
 */
export async function setClientState(
  tables: Kysely<AuthorizationTables>,
  id: string,
  state: { readonly isVerified?: boolean; readonly isDisabled?: boolean },
  seenAt: Date | undefined,
): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('tinyoauth_client')
    .set({
      ...(state.isVerified === undefined ? {} : { is_verified: state.isVerified }),
      ...(state.isDisabled === undefined ? {} : { disabled_at: state.isDisabled ? sql<Date>`trivet.clock()` : null }),
      updated_at: sql<Date>`trivet.clock()`,
    })
    .where('id', '=', id)
    .$if(seenAt !== undefined, (query) => query.where(UPDATED_AT, '=', seenAt ?? null))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Notes that it was used, at most once an hour. */
export async function touchClient(tables: Kysely<AuthorizationTables>, id: string): Promise<void> {
  await tables
    .updateTable('tinyoauth_client')
    .set({ used_at: sql<Date>`trivet.clock()` })
    .where('id', '=', id)
    .where(sql<boolean>`used_at is null or used_at < trivet.clock() - interval '1 hour'`)
    .execute()
}

/** Registered by nobody here, used by nobody for 30 days. By index `tinyoauth_client_unused`. @returns their ids */
export async function deleteUnusedClients(tables: Kysely<AuthorizationTables>, most: number): Promise<string[]> {
  const rows = await tables
    .deleteFrom('tinyoauth_client')
    .where('id', 'in', (db) =>
      db
        .selectFrom('tinyoauth_client')
        .select('id')
        .where('registered_by', 'in', ['anonymous', 'document'])
        // What administrators said of it would be forgotten with it.
        .where('disabled_at', 'is', null)
        .where('is_verified', '=', false)
        .where(sql<boolean>`coalesce(used_at, created_at) < trivet.clock() - interval '30 days'`)
        .limit(most)
        .forUpdate()
        .skipLocked(),
    )
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Columns of what was registered. Metadata of our own has some, so that administrators can ask the database for it. */
export function columnsOf(metadata: ClientMetadata) {
  const {
    require_pkce,
    consent_required,
    profile,
    client_assertion_audience,
    refresh_token_rotation,
    default_scope,
    default_resource,
    ...standard
  } = metadata
  return {
    ...{ require_pkce, consent_required, profile, client_assertion_audience, refresh_token_rotation },
    default_scope: default_scope ?? null,
    default_resource: default_resource ?? null,
    metadata: JSON.stringify(standard),
  }
}

function entryOf(row: Row): ClientEntry {
  return {
    client: recordOf(row).client,
    isDisabled: row.disabled_at !== null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    usedAt: row.used_at,
  }
}

function recordOf(row: Row): ClientRecord {
  const metadata = {
    ...row.metadata,
    require_pkce: row.require_pkce,
    consent_required: row.consent_required,
    profile: row.profile,
    client_assertion_audience: row.client_assertion_audience,
    refresh_token_rotation: row.refresh_token_rotation,
    ...(row.default_scope === null ? {} : { default_scope: row.default_scope }),
    ...(row.default_resource === null ? {} : { default_resource: row.default_resource }),
  }
  return {
    client: clientOf({
      id: row.id,
      ownerId: row.owner_id,
      registeredBy: row.registered_by,
      isVerified: row.is_verified,
      metadata,
    }),
    secretHash: row.secret_hash ?? undefined,
    registrationTokenHash: row.registration_token_hash,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
