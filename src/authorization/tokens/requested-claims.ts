import type { RequestedClaims } from '../checks/check-claims.ts'
import type { Grant } from '../store/grant.ts'
import type { People, TokenUser } from './people.ts'

/** Every scope that stands for claims (OpenID Connect Core §5.4). */
export const CLAIM_SCOPES = ['profile', 'email', 'address', 'phone']

/** Claims of the protocol: nobody sets them by asking (security test lines §9, row 18). */
const PROTOCOL = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'jti',
  'azp',
  'nonce',
  'acr',
  'amr',
  'auth_time',
  'sid',
  'at_hash',
  'c_hash',
])

/**
 * What the `claims` parameter asks for in one place, out of what is known of the person (OpenID Connect Core §5.5). A
 * wish for certain values is none for a different one: the claim is then left out (§5.5.1).
 */
export function requestedClaims<User extends TokenUser>(
  place: keyof RequestedClaims,
  of: { readonly grant: Pick<Grant, 'claims'>; readonly user: User; readonly people: Pick<People<User>, 'claimsOf'> },
): Record<string, unknown> {
  const wishes = (of.grant.claims as RequestedClaims | null)?.[place]
  if (!wishes) return {}
  const known = of.people.claimsOf(of.user, CLAIM_SCOPES)
  const given = Object.entries(wishes).flatMap(([name, wish]) => {
    const value = Object.hasOwn(known, name) && !PROTOCOL.has(name) ? known[name] : undefined
    if (value === undefined) return []
    const wanted = [...(wish?.value === undefined ? [] : [wish.value]), ...(wish?.values ?? [])]
    return wanted.length === 0 || wanted.some((one) => one === value) ? [[name, value]] : []
  })
  return Object.fromEntries(given)
}
