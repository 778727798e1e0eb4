import { isVouchedFor } from '#authorization'
import { allScopes, type Route, scopesFor } from '../routes/route.ts'
import type { Refusal, Who } from './who.ts'

/**
 * Whether somebody stands behind a token, or has to (RFC 6749 §4.4). This is looked at where a token is used, since it
 * may be older than the route, or than what an administrator says of its client.
 *
 * @param who.client undefined for those of other servers, whose word is taken
 */
export function requireSomebody(
  { clientCredentials }: Pick<Route, 'clientCredentials'>,
  who: { readonly isUser: boolean; readonly client: Parameters<typeof isVouchedFor>[0] | undefined },
): Refusal | undefined {
  if (who.isUser || clientCredentials === 'all') return undefined
  if (clientCredentials === 'verified' && (who.client === undefined || isVouchedFor(who.client))) return undefined
  const description =
    clientCredentials === 'verified'
      ? 'An administrator has to verify this client before it comes for itself'
      : 'A token of a person is needed, not of a client by itself'
  // No scopes are named: asking for more of them would not help.
  return { status: 403, error: 'insufficient_scope', description, scopes: [] }
}

/** Clocks of other servers may differ by so many seconds. */
const SKEW_SECONDS = 60

/** One in the future (milliseconds by mistake) would be recent for ever: that is no time that anybody knows. */
function isRecent(authTime: number | undefined, maxAge: number, now: number): boolean {
  return authTime !== undefined && authTime <= now + SKEW_SECONDS && now - authTime <= maxAge
}

/** Whether the route's own wishes are met; the same for every request, whatever was remembered of its token. */
export function requireEnough(
  route: Pick<Route, 'scopes' | 'maxAuthAgeSeconds' | 'acrValues'>,
  method: string,
  who: Who,
  nowSeconds: number,
): Refusal | undefined {
  const needed = scopesFor(route, method)
  const missing = needed.filter((scope) => !who.scopes.includes(scope))
  if (missing.length > 0) {
    // MCP clients up to 2025-11-25 ask for exactly what stands in the challenge, and would lose what they had.
    const held = allScopes(route).filter((scope) => who.scopes.includes(scope))
    const scopes = [...new Set([...needed, ...held])]
    const description = `The token does not allow this: it lacks the scope ${missing.join(' ')}`
    return { status: 403, error: 'insufficient_scope', description, scopes }
  }
  const { maxAuthAgeSeconds, acrValues } = route
  const isOld = maxAuthAgeSeconds !== undefined && !isRecent(who.authTime, maxAuthAgeSeconds, nowSeconds)
  const isWeak = acrValues !== undefined && (who.acr === undefined || !acrValues.includes(who.acr))
  if (!isOld && !isWeak) return undefined
  return {
    status: 401,
    error: 'insufficient_user_authentication',
    description: isWeak ? 'A stronger sign-in is needed' : 'A more recent sign-in is needed',
    members: {
      ...(acrValues === undefined ? {} : { acr_values: acrValues.join(' ') }),
      ...(maxAuthAgeSeconds === undefined ? {} : { max_age: String(maxAuthAgeSeconds) }),
    },
  }
}
