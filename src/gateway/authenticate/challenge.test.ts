import { describe, expect, it } from 'vitest'
import { ANONYMOUS } from './authenticate.ts'
import { challenge } from './challenge.ts'
import { requireEnough } from './require.ts'

const ROUTE = {
  scopes: { all: ['notes:read'], of: new Map([['POST', ['notes:write']]]) },
  ...{ maxAuthAgeSeconds: undefined, acrValues: undefined },
}
const METADATA = 'https://id.example/.well-known/oauth-protected-resource/notes'

function refusedFor(method: string, ...scopes: string[]) {
  const refusal = requireEnough(ROUTE, method, { ...ANONYMOUS, scopes }, 0)
  return refusal && challenge(refusal, { metadataUrl: METADATA, scopes: [] })
}

describe('the challenge of a token that allows too little (RFC 6750 §3.1, MCP step-up)', () => {
  it('names all that is needed', () => {
    expect(refusedFor('POST')).toBe(
      'Bearer realm="trivet", error="insufficient_scope", error_description="The token does not allow this: ' +
        `it lacks the scope notes:read notes:write", scope="notes:read notes:write", resource_metadata="${METADATA}"`,
    )
    expect(refusedFor('POST', 'notes:read', 'notes:write')).toBeUndefined()
  })

  it('and what the token has for this route already, which clients up to MCP 2025-11-25 would lose', () => {
    expect(refusedFor('GET', 'notes:write')).toContain('scope="notes:read notes:write"')
    // What it has for others is no business of this route.
    expect(refusedFor('GET', 'mail:send', 'profile')).toContain('scope="notes:read"')
  })
})
