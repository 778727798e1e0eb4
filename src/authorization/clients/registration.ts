import { timingSafeEqual } from 'node:crypto'
import { hashSecret, randomToken } from '#crypto'
import type { Database } from '#database'
import { OAuthError } from '../errors.ts'
import { deleteClient, deleteOwnedClient, findClientRecord, insertClient, updateClient } from '../store/client.ts'
import { type CountRule, countOne } from '../store/count.ts'
import { spendRegistrationToken } from '../store/registration-token.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { type Client, type ClientRecord, clientOf } from './client.ts'
import type { Directory } from './directory.ts'
import { metadataError, readFields } from './metadata/fields.ts'
import type { ClientMetadata } from './metadata/metadata.ts'
import { readMetadata } from './metadata/read-metadata.ts'
import { type RegistrationPolicy, rightsOf } from './metadata/rights.ts'
import type { ChangeNote } from './record-change.ts'
import { withNote } from './with-note.ts'

export type RegistrationDeps = {
  readonly database: Database
  readonly directory: Directory
  readonly issuer: string
  readonly policy: RegistrationPolicy
  readonly reservedNames: readonly string[]
  readonly ownRedirectUris?: readonly string[] | undefined
  readonly appSchemes: readonly string[]
  readonly isKnownResource: (uri: string) => boolean
}

/** Who registers. Administrators do it by command or console, never by `POST /client`. */
export type Registrant =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'token'; readonly tokenHash: Buffer }
  | { readonly kind: 'user'; readonly ownerId: string }
  | { readonly kind: 'admin'; readonly ownerId: string | null }

/** A client, with the secrets that are shown now and never again. */
export type Registered = {
  readonly client: Client
  readonly issuedAt: Date
  readonly registrationToken: string
  /** Only when one was made. */
  readonly secret: string | undefined
}

/** Limits of security test line §10.15. */
const MOST_PER_USER = 20
const PER_NETWORK = { most: 20, seconds: 3600 }
/** Each change is an event of the audit log, a notice to every process, and a question to everybody who uses the client. */
const PER_CLIENT = { most: 60, seconds: 3600 }

/**
 * Registers a client (RFC 7591 §3).
 *
 * @param more.network counted for everybody but administrators
 * @throws OAuthError
 */
export async function register(
  deps: RegistrationDeps,
  registrant: Registrant,
  body: unknown,
  more: { readonly network: string; readonly note: ((client: Client) => ChangeNote) | undefined },
): Promise<Registered> {
  const tables = deps.database.tables<AuthorizationTables>()
  const rights = rightsOf(registrant.kind, deps.policy)
  const metadata = readMetadata(body, { ...deps, rights })
  if (registrant.kind !== 'admin') {
    const why = `Your network registered ${PER_NETWORK.most} applications this hour`
    await requireRoom(deps, `client from ${more.network}`, PER_NETWORK, why)
  }
  if (registrant.kind === 'token' && !(await spendRegistrationToken(tables, registrant.tokenHash))) {
    throw new OAuthError('invalid_token', 'The initial access token is used up', BEARER)
  }
  // 128 random bits with a prefix of their own: no client id is ever the `sub` of a user (RFC 9700 §4.15).
  const id = `c_${randomToken().slice(0, 22)}`
  const registrationToken = `trg_${randomToken()}`
  const secret = newSecret(metadata)
  const ownerId = 'ownerId' in registrant ? registrant.ownerId : null
  const client = clientOf({ id, ownerId, metadata, registeredBy: registrant.kind, isVerified: false })
  const row = {
    ...{ id, ownerId, metadata, registeredBy: registrant.kind },
    secretHash: secret === undefined ? undefined : hashSecret(secret),
    registrationTokenHash: hashSecret(registrationToken),
  }
  const most = registrant.kind === 'admin' ? Number.POSITIVE_INFINITY : MOST_PER_USER
  const issuedAt = await deps.database.transaction(async (transaction) => {
    const made = await insertClient(transaction<AuthorizationTables>(), row, most)
    if (made) await more.note?.(client)(transaction)
    return made
  })
  if (!issuedAt)
    throw new OAuthError(
      'access_denied',
      `You have ${MOST_PER_USER} applications; delete one first, at ${deps.issuer}/account/apps`,
    )
  return { client, issuedAt, registrationToken, secret }
}

export const BEARER = { headers: { 'www-authenticate': 'Bearer realm="trivet", error="invalid_token"' } }

/** @throws OAuthError `temporarily_unavailable` (429) */
async function requireRoom(deps: RegistrationDeps, key: string, rule: CountRule, why: string): Promise<void> {
  const wait = await countOne(deps.database.tables<AuthorizationTables>(), key, rule)
  if (wait === 0) return
  throw new OAuthError('temporarily_unavailable', why, { status: 429, headers: { 'retry-after': String(wait) } })
}

/**
 * The client that a registration access token belongs to (RFC 7592 §2). Read from the database, not from memory: it is
 * about to be changed.
 *
 * @throws OAuthError `invalid_token`, the same for unknown clients (§2.1)
 */
export async function openRegistration(deps: RegistrationDeps, id: string, token: string): Promise<ClientRecord> {
  const record = await findClientRecord(deps.database.tables<AuthorizationTables>(), id)
  const known = record?.registrationTokenHash ?? Buffer.alloc(32)
  if (!timingSafeEqual(known, hashSecret(token)) || !record) {
    throw new OAuthError('invalid_token', 'The registration access token is not of this client', BEARER)
  }
  return record
}

/**
 * Replaces the metadata of a client (RFC 7592 §2.2); people are asked again. The registration token stays: the answer
 * may be lost, and with a new one the client would be, too (§3 allows both).
 *
 * @throws OAuthError
 */
export async function update(
  deps: RegistrationDeps,
  record: ClientRecord,
  body: unknown,
  note: (client: Client) => ChangeNote,
): Promise<{ record: ClientRecord; secret: string | undefined }> {
  const { client } = record
  checkIdentity(record, body)
  // Whoever holds the token is no administrator, whoever registered the client.
  const before = client.registeredBy === 'admin' ? 'user' : client.registeredBy
  const rights = rightsOf(before, deps.policy)
  const metadata = readMetadata(body, {
    ...deps,
    rights: { ...rights, confidential: rights.confidential || client.isConfidential },
    current: client.metadata,
  })
  await requireRoom(deps, `change of ${client.id}`, PER_CLIENT, `It was changed ${PER_CLIENT.most} times this hour`)
  const keepsSecret = hasSecret(metadata) && record.secretHash !== undefined
  const secret = keepsSecret ? undefined : newSecret(metadata)
  const key = { id: client.id, registrationTokenHash: record.registrationTokenHash, updatedAt: record.updatedAt }
  const made = secret === undefined ? undefined : hashSecret(secret)
  const change = { metadata, secretHash: keepsSecret ? record.secretHash : made }
  const changed = await deps.database.transaction(async (transaction) => {
    const updated = await updateClient(transaction<AuthorizationTables>(), key, change)
    if (updated) await note(updated.client)(transaction)
    return updated
  })
  if (!changed) throw metadataError('The client was changed at the same moment; read it again')
  await deps.directory.announce(client.id)
  return { record: changed, secret }
}

const GIVEN_BY_US = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/** RFC 7592 §2.2: the same client, the same secret where one is sent, and nothing that only the server gives. */
function checkIdentity({ client, secretHash }: ClientRecord, body: unknown): void {
  const fields = readFields(body)
  if (fields.text('client_id', 2000) !== client.id) throw metadataError('client_id has to be the one of this client')
  const given = GIVEN_BY_US.find((name) => fields.raw(name) !== undefined)
  if (given !== undefined) throw metadataError(`${given} must not be sent (RFC 7592 section 2.2)`)
  const secret = fields.text('client_secret')
  if (secret === undefined) return
  if (!secretHash || !timingSafeEqual(secretHash, hashSecret(secret))) {
    throw metadataError('client_secret is not the one of this client, and cannot be chosen')
  }
}

/** RFC 7592 §2.3: grants and refresh tokens go with the row, access tokens since nobody finds the client any more. */
export async function remove(deps: RegistrationDeps, id: string, note: ChangeNote | undefined): Promise<void> {
  await withNote(deps.database, note, (trx) => deleteClient(trx, id))
  await deps.directory.announce(id)
}

/** The same by the user who registered it, who may have lost its registration token. @returns whether it was theirs */
export async function removeOwned(
  { database, directory }: Pick<RegistrationDeps, 'database' | 'directory'>,
  whose: { readonly id: string; readonly ownerId: string },
  note: ChangeNote,
): Promise<boolean> {
  const isGone = await withNote(database, note, (trx) => deleteOwnedClient(trx, whose))
  if (isGone) await directory.announce(whose.id)
  return isGone
}

function hasSecret({ token_endpoint_auth_method: method }: ClientMetadata): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post'
}

function newSecret(metadata: ClientMetadata): string | undefined {
  return hasSecret(metadata) ? `trc_${randomToken()}` : undefined
}
