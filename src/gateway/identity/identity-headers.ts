import type { Who } from '../authenticate/who.ts'
import type { IdentityFact, Route } from '../routes/route.ts'

/** Everything that a route tells its upstream about the caller, by header name; empty where there is nothing to say. */
export function identityHeaders(route: Pick<Route, 'identity'>, who: Who): Readonly<Record<string, string>> {
  if (route.identity.kind !== 'headers') return {}
  const facts: Readonly<Record<IdentityFact, string>> = {
    user: who.isUser ? who.subject : '',
    // Names may hold any letter; a header holds bytes, and percent-encoding is what every server can read back.
    username: encodeURIComponent(who.username ?? ''),
    client: who.clientId ?? '',
    scope: who.scopes.join(' '),
    issuer: who.issuer,
  }
  return Object.fromEntries(
    Object.entries(route.identity.names).map(([fact, name]) => [name, facts[fact as IdentityFact]]),
  )
}
