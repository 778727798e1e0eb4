import type { Kysely } from 'kysely'
import { type AuditActor, auditNote } from '../audit/audit.ts'
import { endOtherLogins } from '../store/browser-session.ts'
import { deletePasskey } from '../store/passkey.ts'
import type { AccountTables } from '../store/tables.ts'
import { lockWaysToSignIn } from '../store/ways-to-sign-in.ts'

/** `last_way`: nothing else signs them in. */
export type RemovalOutcome = { readonly result: 'removed' | 'last_way' | 'not_found' }

/**
 * Takes a passkey away, unless it is the last way in. Whoever removes one often does so because somebody else has it: all
 * that is signed in ends, but the session in which it is done (ASVS 5.0, 7.4.3).
 *
 * @param issuers of the providers that are set up: identities of others sign nobody in
 * @param by whose passkey it is
 */
export function removePasskey(
  tables: Kysely<AccountTables>,
  passkey: { readonly id: string; readonly ownerId: string; readonly keptSessionId: string },
  issuers: readonly string[],
  by: AuditActor,
): Promise<RemovalOutcome> {
  return tables.transaction().execute(async (trx) => {
    const ways = await lockWaysToSignIn(trx, passkey.ownerId)
    const hasOther = ways.hasPassword || ways.passkeys > 1 || ways.issuers.some((issuer) => issuers.includes(issuer))
    if (!hasOther) return { result: 'last_way' }
    const name = await deletePasskey(trx, passkey)
    if (name === undefined) return { result: 'not_found' }
    await endOtherLogins(trx, { ownerId: passkey.ownerId, keptId: passkey.keptSessionId })
    const target = { kind: 'user', id: by.actor } as const
    await auditNote(by, { action: 'passkey.removed', target, details: { name } })(trx)
    return { result: 'removed' }
  })
}
