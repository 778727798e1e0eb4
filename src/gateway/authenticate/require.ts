import { allScopes, type Route, scopesFor } from '../routes/route.ts'
import type { Refusal, Who } from './who.ts'

/** Whether the route's own wishes are met; the same for every request, whatever was remembered of its token. */
export function requireEnough(
  route: Pick<Route, 'scopes' | 'maxAuthAgeSeconds' | 'acrValues'>,
  method: string,
  who: Who,
  nowSeconds: number,
): Refusal | undefined {
  const needed = scopesFor(route, method)
  if (!needed.every((scope) => who.scopes.includes(scope))) {
    // MCP clients up to 2025-11-25 ask for exactly what stands in the challenge, and would lose what they had.
    const held = allScopes(route).filter((scope) => who.scopes.includes(scope))
    const scopes = [...new Set([...needed, ...held])]
    return { status: 403, error: 'insufficient_scope', description: 'The token does not allow this', scopes }
  }
  const { maxAuthAgeSeconds, acrValues } = route
  const isOld =
    maxAuthAgeSeconds !== undefined && (who.authTime === undefined || nowSeconds - who.authTime > maxAuthAgeSeconds)
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
