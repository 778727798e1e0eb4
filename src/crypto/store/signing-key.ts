import { type ColumnType, type Kysely, sql } from 'kysely'

/** RFC 7518 §3.1. ES256 for access tokens; RS256 because every client of OpenID Connect can verify it (Core §15.1). */
export const SIGNING_ALGS = ['ES256', 'RS256'] as const

export type SigningAlg = (typeof SIGNING_ALGS)[number]

/** What keys sign: tokens that apps get, or who calls, for services behind the gateway. One never does the other. */
export type KeyPurpose = 'token' | 'identity'

export type SigningKeyTables = {
  signing_key: {
    kid: string
    alg: SigningAlg
    purpose: KeyPurpose
    public_jwk: ColumnType<object, string, never>
    sealed_private_key: string
    created_at: ColumnType<Date, never, never>
    signs_from: Date
    retired_at: Date | null
    removed_after: Date | null
  }
}

export type SigningKeyRow = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly purpose: KeyPurpose
  readonly sealed: string
  readonly createdAt: Date
  readonly signsFrom: Date
  readonly removedAfter: Date | null
}

export function listKeys(tables: Kysely<SigningKeyTables>, purpose: KeyPurpose): Promise<SigningKeyRow[]> {
  return tables
    .selectFrom('signing_key')
    .select([
      'kid',
      'alg',
      'purpose',
      'sealed_private_key as sealed',
      'created_at as createdAt',
      'signs_from as signsFrom',
      'removed_after as removedAfter',
    ])
    .where('purpose', '=', purpose)
    .where((where) =>
      where.or([where('removed_after', 'is', null), where('removed_after', '>', sql<Date>`trivet.clock()`)]),
    )
    .orderBy('signs_from')
    .orderBy('kid')
    .execute()
}

/** What makes a new key needless: any that is there, one that waits to sign, or one made within so many seconds. */
export type Needless = 'any' | 'waiting' | { readonly madeWithin: number }

/**
 * Adds a key, unless another process did so meanwhile: one at a time, and each looks first whether it is still needed.
 *
 * @returns whether it was added
 */
export function insertKey(
  tables: Kysely<SigningKeyTables>,
  key: {
    readonly kid: string
    readonly alg: SigningAlg
    readonly purpose: KeyPurpose
    readonly publicJwk: object
    readonly sealed: string
    /** Seconds from now. */
    readonly signsIn: number
    readonly unless: Needless
  },
): Promise<boolean> {
  return tables.transaction().execute(async (transaction) => {
    // A statement after this one sees what the process before us committed (READ COMMITTED).
    await lockKeys(transaction)
    const { rows } = await sql`
      insert into trivet.signing_key (kid, alg, purpose, public_jwk, sealed_private_key, signs_from)
      select ${key.kid}, ${key.alg}, ${key.purpose}, ${JSON.stringify(key.publicJwk)}::jsonb, ${key.sealed},
        trivet.clock() + make_interval(secs => ${key.signsIn})
      where not exists (
        select from trivet.signing_key
        where alg = ${key.alg} and purpose = ${key.purpose} and retired_at is null and ${needless(key.unless)}
      )
      returning kid`.execute(transaction)
    return rows.length > 0
  })
}

/**
 * Ends all keys of this kind, whatever their stage, and puts this one in their place, signing from now on: in one
 * transaction, so that nobody ever finds none.
 *
 * @returns the ids of those that ended
 */
export function replaceKeys(
  tables: Kysely<SigningKeyTables>,
  key: {
    readonly kid: string
    readonly alg: SigningAlg
    readonly purpose: KeyPurpose
    readonly publicJwk: object
    readonly sealed: string
  },
): Promise<string[]> {
  return tables.transaction().execute(async (transaction) => {
    await lockKeys(transaction)
    const ended = await transaction
      .deleteFrom('signing_key')
      .where('alg', '=', key.alg)
      .where('purpose', '=', key.purpose)
      .returning('kid')
      .execute()
    await transaction
      .insertInto('signing_key')
      .values({
        ...{ kid: key.kid, alg: key.alg, purpose: key.purpose, public_jwk: JSON.stringify(key.publicJwk) },
        sealed_private_key: key.sealed,
        signs_from: sql<Date>`trivet.clock()`,
      })
      .execute()
    return ended.map(({ kid }) => kid)
  })
}

/** One change of keys at a time, over all processes. */
function lockKeys(transaction: Kysely<SigningKeyTables>) {
  return sql`select pg_advisory_xact_lock(hashtextextended('trivet.signing_key', 0))`.execute(transaction)
}

function needless(unless: Needless) {
  if (unless === 'any') return sql`true`
  if (unless === 'waiting') return sql`signs_from > trivet.clock()`
  return sql`created_at > trivet.clock() - make_interval(secs => ${unless.madeWithin})`
}

/** Whether the newest key of this kind is older than so many seconds. */
export async function isOld(
  tables: Kysely<SigningKeyTables>,
  { alg, purpose }: { readonly alg: SigningAlg; readonly purpose: KeyPurpose },
  seconds: number,
): Promise<boolean> {
  const { rows } = await sql<{ old: boolean | null }>`
    select max(created_at) < trivet.clock() - make_interval(secs => ${seconds}) as old
    from trivet.signing_key where alg = ${alg} and purpose = ${purpose}`.execute(tables)
  return rows[0]?.old ?? false
}

/** A key whose successor signs only verifies from then on, for so many seconds more. @returns whether there was one */
export async function retireKeys(tables: Kysely<SigningKeyTables>, keptSeconds: number): Promise<boolean> {
  const { rows } = await sql`
    update trivet.signing_key as key
    set retired_at = chain.ends, removed_after = chain.ends + make_interval(secs => ${keptSeconds})
    from (
      select kid, lead(signs_from) over (partition by purpose, alg order by signs_from, kid) as ends from trivet.signing_key
    ) as chain
    where chain.kid = key.kid and chain.ends <= trivet.clock() and key.retired_at is null
    returning key.kid`.execute(tables)
  return rows.length > 0
}

/** @returns whether there was one */
export async function deleteRemovedKeys(tables: Kysely<SigningKeyTables>): Promise<boolean> {
  const gone = await tables
    .deleteFrom('signing_key')
    .where('removed_after', '<=', sql<Date>`trivet.clock()`)
    .returning('kid')
    .execute()
  return gone.length > 0
}
