import { type Kysely, sql } from 'kysely'
import type { ConnectionTables } from './tables.ts'

/** What an answer is for: fixed when the browser leaves, and never changed (security §10.7). */
export type Purpose = 'login' | 'link' | 'connect'

export type AuthorizationRequest = {
  readonly id: string
  readonly purpose: Purpose
  readonly sessionId: string
  readonly ownerId: string
  readonly provider: string
  readonly issuer: string
  readonly redirectUri: string
  readonly requestedScopes: readonly string[]
  readonly expectedAccountId: string | null
  readonly forcedConsent: boolean
  readonly sealedCodeVerifier: string
  readonly nonceHash: Buffer
  readonly returnTo: string
  readonly deniedTo: string
}

/** Lives 10 minutes: time to sign in and read a consent page. */
const EXPIRY = sql<Date>`trivet.clock() + interval '10 minutes'`

const COLUMNS = [
  'id',
  'purpose',
  'session_id as sessionId',
  'owner_id as ownerId',
  'provider',
  'issuer',
  'redirect_uri as redirectUri',
  'requested_scopes as requestedScopes',
  'expected_account_id as expectedAccountId',
  'forced_consent as forcedConsent',
  'sealed_code_verifier as sealedCodeVerifier',
  'nonce_hash as nonceHash',
  'return_to as returnTo',
  'denied_to as deniedTo',
] as const

export async function insertAuthorizationRequest(
  tables: Kysely<ConnectionTables>,
  request: AuthorizationRequest & { readonly stateHash: Buffer },
): Promise<void> {
  await tables
    .insertInto('authorization_request')
    .values({
      id: request.id,
      state_hash: request.stateHash,
      session_id: request.sessionId,
      owner_id: request.ownerId,
      provider: request.provider,
      issuer: request.issuer,
      purpose: request.purpose,
      redirect_uri: request.redirectUri,
      requested_scopes: [...request.requestedScopes],
      expected_account_id: request.expectedAccountId,
      forced_consent: request.forcedConsent,
      sealed_code_verifier: request.sealedCodeVerifier,
      nonce_hash: request.nonceHash,
      return_to: request.returnTo,
      denied_to: request.deniedTo,
      expires_at: EXPIRY,
    })
    .execute()
}

/**
 * Uses a `state` up, in one statement, so that of any number of callbacks at once exactly one goes on. Everything that
 * it is bound to is part of the condition: a callback in the wrong browser does not even spend it.
 */
export function consumeAuthorizationRequest(
  tables: Kysely<ConnectionTables>,
  key: {
    readonly stateHash: Buffer
    readonly sessionId: string
    readonly ownerId: string
    readonly provider: string
    readonly issuer: string
  },
): Promise<AuthorizationRequest | undefined> {
  return tables
    .updateTable('authorization_request')
    .set({ used_at: sql`trivet.clock()` })
    .where('state_hash', '=', key.stateHash)
    .where('session_id', '=', key.sessionId)
    .where('owner_id', '=', key.ownerId)
    .where('provider', '=', key.provider)
    .where('issuer', '=', key.issuer)
    .where('used_at', 'is', null)
    .where(sql<boolean>`expires_at > trivet.clock()`)
    .returning(COLUMNS)
    .executeTakeFirst()
}

export type PastRequest = AuthorizationRequest & {
  readonly isUsed: boolean
  readonly outcome: string | null
  readonly connectionId: string | null
}

const PAST_COLUMNS = [
  ...COLUMNS,
  sql<boolean>`used_at is not null`.as('isUsed'),
  'outcome',
  'connection_id as connectionId',
] as const

/** For saying why a `state` was not taken; gives no right to anything. */
export function findRequestByState(
  tables: Kysely<ConnectionTables>,
  key: { readonly stateHash: Buffer; readonly provider: string },
): Promise<PastRequest | undefined> {
  return tables
    .selectFrom('authorization_request')
    .select(PAST_COLUMNS)
    .where('state_hash', '=', key.stateHash)
    .where('provider', '=', key.provider)
    .executeTakeFirst()
}

/** The page about a sign-in that failed belongs to the browser that began it. */
export function findRequestOfSession(
  tables: Kysely<ConnectionTables>,
  key: { readonly id: string; readonly sessionId: string; readonly provider: string },
): Promise<PastRequest | undefined> {
  return tables
    .selectFrom('authorization_request')
    .select(PAST_COLUMNS)
    .where('id', '=', key.id)
    .where('session_id', '=', key.sessionId)
    .where('provider', '=', key.provider)
    .executeTakeFirst()
}

/** How it ended; the verifier is of no further use. */
export async function finishAuthorizationRequest(
  tables: Kysely<ConnectionTables>,
  request: {
    readonly id: string
    readonly outcome: string
    readonly connectionId?: string
    /** Where a copy of the same answer is to lead, when that is known only now. */
    readonly returnTo?: string
  },
): Promise<void> {
  await tables
    .updateTable('authorization_request')
    .set({
      outcome: request.outcome,
      connection_id: request.connectionId ?? null,
      sealed_code_verifier: '',
      ...(request.returnTo === undefined ? {} : { return_to: request.returnTo }),
    })
    .where('id', '=', request.id)
    .execute()
}

/** Kept for an hour beyond their end, so that a late callback can still be told what became of it. */
export async function deleteOldRequests(tables: Kysely<ConnectionTables>): Promise<void> {
  await tables
    .deleteFrom('authorization_request')
    .where(sql<boolean>`expires_at < trivet.clock() - interval '1 hour'`)
    .execute()
}
