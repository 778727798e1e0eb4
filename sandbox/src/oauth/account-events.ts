import { BadFault } from '../faults/index.ts'
import type { OAuthRealm } from './realm.ts'
import { revokeGrant } from './tokens.ts'

/**
 * What happens without an app asking: a person takes a grant back, tokens run out before their time.
 * @param accounts what `account` in the body may be, and the account it means
 */
export function createAccountEvents(realm: OAuthRealm, accounts: ReadonlyMap<string, string>) {
  const { records, now } = realm

  function parseAccount(body: unknown): string | undefined {
    const name = typeof body === 'object' && body !== null && 'account' in body ? body.account : undefined
    if (name === undefined) return undefined
    const account = typeof name === 'string' ? accounts.get(name) : undefined
    if (account !== undefined) return account
    throw new BadFault(`account must be one of: ${[...accounts.keys()].join(', ')}`)
  }

  return {
    /** The person removes all apps from the account. */
    revoke(body: unknown) {
      const account = parseAccount(body)
      const grants = records.grants.values().filter((grant) => account === undefined || grant.account === account)
      records.commit(...grants.flatMap((grant) => revokeGrant(realm, grant.account, grant.client)))
      return { revoked: grants.length }
    },
    /** Every live access token (of the account) is dead now; refresh tokens live on. */
    'expire-tokens'(body: unknown) {
      const account = parseAccount(body)
      const live = records.access
        .entries()
        .filter(([, token]) => token.expiresAt > now() && (account === undefined || token.account === account))
      records.commit(...live.map(([key, token]) => records.access.put(key, { ...token, expiresAt: now() })))
      return { expired: live.length }
    },
  }
}
