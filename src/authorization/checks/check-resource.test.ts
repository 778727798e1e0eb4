import { describe, expect, it } from 'vitest'
import type { Client } from '../clients/client.ts'
import { refusalOf } from '../testing/client.fixture.ts'
import { type Api, NO_APIS } from './apis.ts'
import { checkResource, narrowResource, resourcesFor } from './check-resource.ts'

const ISSUER = 'https://as.example'
type About = { readonly registeredBy?: Client['registeredBy']; readonly apis?: readonly Api[] }
const check = (
  asked: readonly string[],
  defaultResource?: string,
  scopes: readonly string[] = ['profile'],
  { registeredBy = 'user', apis = [] }: About = {},
) =>
  refusalOf(() => {
    const rules = { issuer: ISSUER, isKnownResource, apis: { list: () => apis, describe: () => undefined } }
    return resourcesFor(checkResource(asked, { defaultResource, registeredBy }, rules), scopes, ISSUER)
  })
const mcp = (resource: string): Api => ({
  ...{ resource, name: undefined, place: resource, scopes: [], isMcp: true },
  clientCredentials: 'verified',
})
const KNOWN = [
  'https://api.example/v1',
  'https://api.example',
  'https://a.example',
  'urn:b:c',
  'https://slash.example/',
]
const isKnownResource = (uri: string) => KNOWN.includes(uri)
const taken = (...list: string[]) => ({ taken: list })

describe('resource (RFC 8707 §2)', () => {
  it('is the one asked for, else the default of the client, else the issuer', () => {
    expect(check(['https://api.example/v1'], 'https://default.example')).toEqual(taken('https://api.example/v1'))
    expect(check([], 'https://default.example')).toEqual(taken('https://default.example'))
    expect(check([])).toEqual(taken(ISSUER))
  })

  it('has the issuer beside the default for a sign-in, whose /userinfo is here (OpenID Connect Core §5.3)', () => {
    expect(check([], 'https://default.example', ['openid'])).toEqual(taken('https://default.example', ISSUER))
    expect(check([], undefined, ['openid'])).toEqual(taken(ISSUER))
    expect(check(['https://api.example'], 'https://default.example', ['openid'])).toEqual(taken('https://api.example'))
  })

  it('is the one MCP server that there is, for clients of strangers that name none', () => {
    const one = { registeredBy: 'anonymous', apis: [mcp('https://a.example'), mcp('https://a.example')] } as const
    expect(check([], undefined, ['notes:read'], one)).toEqual(taken('https://a.example'))
    expect(check([], undefined, ['openid'], one)).toEqual(taken('https://a.example', ISSUER))
    expect(check([], undefined, ['notes:read'], { ...one, registeredBy: 'document' })).toEqual(
      taken('https://a.example'),
    )
    // Somebody answers for it, and would have said so.
    expect(check([], undefined, ['notes:read'], { ...one, registeredBy: 'user' })).toEqual(taken(ISSUER))
    const two = { ...one, apis: [mcp('https://a.example'), mcp('https://b.example')] }
    expect(check([], undefined, ['notes:read'], two)).toEqual(taken(ISSUER))
    const none = { ...one, apis: [{ ...mcp('https://a.example'), isMcp: false }] }
    expect(check([], undefined, ['notes:read'], none)).toEqual(taken(ISSUER))
  })

  it('may be several, each once', () => {
    expect(check(['https://a.example', 'urn:b:c', 'https://a.example'])).toEqual(taken('https://a.example', 'urn:b:c'))
  })

  it.each([
    'api',
    '/api',
    '//api.example',
    'https://',
    'https://a.example/ x',
    'https://a.example/#f',
    'https://a.example#',
    'internal:vault',
    'INTERNAL:x',
    'vault',
    'https://ä.example',
    'https://a.example/"',
  ])('%j is no resource that can be asked for', (resource) => {
    expect(check([resource])).toBe('invalid_target')
    expect(check(['https://good.example', resource])).toBe('invalid_target')
  })

  it('takes a slash more or less at the end of those that are registered, and of no others', () => {
    expect(check([`${ISSUER}/`])).toEqual(taken(ISSUER))
    expect(check(['https://default.example/mcp/'], 'https://default.example/mcp')).toEqual(
      taken('https://default.example/mcp'),
    )
    expect(check(['https://api.example/'])).toEqual(taken('https://api.example'))
    expect(check(['https://slash.example'])).toEqual(taken('https://slash.example/'))
    expect(check(['https://api.example//'])).toBe('invalid_target')
  })

  it('that nobody here knows is refused, however near it is (RFC 8707 §2, security.md §10.4)', () => {
    for (const unknown of ['https://other.example', 'https://api.example/v2', 'https://API.example', `${ISSUER}/x`]) {
      expect(check([unknown]), unknown).toBe('invalid_target')
      expect(check([ISSUER, unknown]), unknown).toBe('invalid_target')
    }
  })

  it('of our own insides can be asked for by nobody, known or not (security.md §10.4)', () => {
    const everything = { issuer: ISSUER, isKnownResource: () => true, apis: NO_APIS }
    for (const inside of ['internal:x', 'Internal:vault', 'vault:x', 'VAULT:x']) {
      const client = { defaultResource: inside, registeredBy: 'admin' } as const
      expect(refusalOf(() => checkResource([inside], client, everything))).toBe('invalid_target')
    }
  })
})

describe('resource at the token endpoint (RFC 8707 §2.2)', () => {
  const granted = ['https://a.example', 'https://b.example/x/']
  const narrow = (asked: readonly string[]) => refusalOf(() => narrowResource(asked, granted))

  it('narrows what was granted, and never widens it', () => {
    expect(narrow([])).toEqual({ taken: granted })
    expect(narrow(['https://b.example/x/'])).toEqual({ taken: ['https://b.example/x/'] })
    expect(narrow(['https://c.example'])).toBe('invalid_target')
    expect(narrow(['https://a.example', 'https://c.example'])).toBe('invalid_target')
  })
})
