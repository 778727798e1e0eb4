import type { RequestedClaims } from '../checks/check-claims.ts'
import type { Grant } from '../store/grant.ts'
import type { People, TokenUser } from './people.ts'

/**
 * What the `claims` parameter asks to have in the ID token (OpenID Connect Core §5.5), within the scopes that were
 * granted: those are what the person read before allowing it. A wish for certain values is none for a different one:
 * the claim is then left out (§5.5.1).
 */
export function requestedClaims<User extends TokenUser>(of: {
  readonly grant: Pick<Grant, 'claims' | 'scopes'>
  readonly user: User
  readonly people: Pick<People<User>, 'claimsOf'>
}): Record<string, unknown> {
  const { grant, user, people } = of
  const { id_token: wishes }: RequestedClaims = grant.claims ?? {}
  if (!wishes) return {}
  const known = people.claimsOf(user, grant.scopes)
  const given = Object.entries(wishes).flatMap(([name, wish]) => {
    const value = Object.hasOwn(known, name) ? known[name] : undefined
    if (value === undefined) return []
    const wanted = [...(wish?.value === undefined ? [] : [wish.value]), ...(wish?.values ?? [])]
    return wanted.length === 0 || wanted.some((one) => one === value) ? [[name, value]] : []
  })
  return Object.fromEntries(given)
}
