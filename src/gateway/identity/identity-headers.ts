import type { Who } from '../authenticate/who.ts'
import { IDENTITY_FACTS, type IdentityFact } from '../routes/route.ts'

/** The caller in plain headers, for upstreams that nobody but this server reaches. */
export function identityHeaders(
  names: Readonly<Record<IdentityFact, string>>,
  who: Who,
): Readonly<Record<string, string>> {
  const facts: Readonly<Record<IdentityFact, string>> = {
    user: who.isUser ? who.subject : '',
    // Names may hold any letter; a header holds bytes, and percent-encoding is what every server can read back.
    username: encodeURIComponent(who.username ?? ''),
    client: who.clientId ?? '',
    scope: who.scopes.join(' '),
    issuer: who.issuer,
  }
  const headers: Record<string, string> = {}
  for (const fact of IDENTITY_FACTS) headers[names[fact]] = facts[fact]
  return headers
}
