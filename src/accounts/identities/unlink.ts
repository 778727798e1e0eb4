import type { Kysely } from 'kysely'
import { type AuditActor, auditNote } from '../audit/audit.ts'
import { endOtherLogins } from '../store/browser-session.ts'
import { deleteIdentity, findIdentityOfOwner } from '../store/login-identity.ts'
import type { AccountTables } from '../store/tables.ts'
import { lockWaysToSignIn, type WaysToSignIn } from '../store/ways-to-sign-in.ts'
import type { IdentityKey } from './identity.ts'

export type UnlinkOutcome = { readonly result: 'unlinked' | 'not_found' | 'last_way' }

/**
 * Takes an account at a provider away from who signs in with it, unless nothing else would sign them in (security
 * §10.9). Of two at once the second one sees what the first has left. All that is signed in ends with it, but the session
 * in which it is done: it may have been begun by that account (ASVS 5.0, 7.4.3).
 *
 * @param issuers of the providers that are set up: an identity at another one signs nobody in
 * @param by whose identity it is
 */
export function unlinkIdentity(
  tables: Kysely<AccountTables>,
  identity: { readonly id: string; readonly ownerId: string; readonly keptSessionId: string },
  issuers: readonly IdentityKey['issuer'][],
  by: AuditActor,
): Promise<UnlinkOutcome> {
  return tables.transaction().execute(async (trx) => {
    const ways = await lockWaysToSignIn(trx, identity.ownerId)
    const row = await findIdentityOfOwner(trx, identity)
    if (!row) return { result: 'not_found' }
    const isWay = issuers.includes(row.issuer)
    if (countWays(ways, issuers) <= (isWay ? 1 : 0)) return { result: 'last_way' }
    await deleteIdentity(trx, row.id)
    await endOtherLogins(trx, { ownerId: identity.ownerId, keptId: identity.keptSessionId })
    const { provider, issuer } = row
    const target = { kind: 'user', id: by.actor } as const
    await auditNote(by, { action: 'identity.unlinked', target, details: { provider, issuer } })(trx)
    return { result: 'unlinked' }
  })
}

function countWays(ways: WaysToSignIn, issuers: readonly string[]): number {
  const identities = ways.issuers.filter((issuer) => issuers.includes(issuer)).length
  return Number(ways.hasPassword) + ways.passkeys + identities
}
