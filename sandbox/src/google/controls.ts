import { BadFault } from '../faults/index.ts'
import { PERSONAS } from './personas.ts'
import type { Realm } from './realm.ts'
import { revokeGrant } from './tokens.ts'

function parseAccount(body: unknown): string | undefined {
  const account = typeof body === 'object' && body !== null && 'account' in body ? body.account : undefined
  if (account === undefined) return undefined
  if (PERSONAS.some(({ email }) => email === account)) return String(account)
  throw new BadFault(`account must be one of: ${PERSONAS.map(({ email }) => email).join(', ')}`)
}

/** What happens at Google without an app asking: a person takes a grant back, tokens run out before their time. */
export function createGoogleControls(realm: Realm) {
  const { records, now } = realm
  return {
    /** The person removes all apps from the account. */
    revoke(body: unknown) {
      const account = parseAccount(body)
      const grants = records.grants.values().filter((grant) => account === undefined || grant.account === account)
      records.commit(...grants.flatMap((grant) => revokeGrant(realm, grant.account, grant.client)))
      return { revoked: grants.length }
    },
    /** Every live access token (of the account) is dead now; refresh tokens live on. */
    expireTokens(body: unknown) {
      const account = parseAccount(body)
      const live = records.access
        .entries()
        .filter(([, token]) => token.expiresAt > now() && (account === undefined || token.account === account))
      records.commit(...live.map(([key, token]) => records.access.put(key, { ...token, expiresAt: now() })))
      return { expired: live.length }
    },
  }
}
