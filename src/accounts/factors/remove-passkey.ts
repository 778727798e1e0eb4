import type { Kysely } from 'kysely'
import { deletePasskey } from '../store/passkey.ts'
import type { AccountTables } from '../store/tables.ts'
import { lockWaysToSignIn } from '../store/ways-to-sign-in.ts'

export type RemovalOutcome =
  | { readonly result: 'removed'; readonly name: string }
  /** Nothing else signs them in. */
  | { readonly result: 'last_way' | 'not_found' }

/**
 * Takes a passkey away, unless it is the last way in.
 *
 * @param issuers of the providers that are set up: identities of others sign nobody in
 */
export function removePasskey(
  tables: Kysely<AccountTables>,
  passkey: { readonly id: string; readonly ownerId: string },
  issuers: readonly string[],
): Promise<RemovalOutcome> {
  return tables.transaction().execute(async (trx) => {
    const ways = await lockWaysToSignIn(trx, passkey.ownerId)
    const hasOther = ways.hasPassword || ways.passkeys > 1 || ways.issuers.some((issuer) => issuers.includes(issuer))
    if (!hasOther) return { result: 'last_way' }
    const name = await deletePasskey(trx, passkey)
    return name === undefined ? { result: 'not_found' } : { result: 'removed', name }
  })
}
