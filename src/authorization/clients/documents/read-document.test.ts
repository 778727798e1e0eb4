import { describe, expect, it } from 'vitest'
import { OAuthError } from '../../errors.ts'
import { rightsOf } from '../metadata/rights.ts'
import { ISSUER } from '../rig.fixture.ts'
import { isDocumentAddress } from './document-address.ts'
import { freshFor } from './fetch-document.ts'
import { readDocument } from './read-document.ts'

const ADDRESS = 'https://app.example/oauth/client.json'
const DOCUMENT = { client_id: ADDRESS, client_name: 'Kite', redirect_uris: ['http://localhost/callback'] }

function read(changes: object) {
  const rules = { reservedNames: ['Trivet', 'Google'], appSchemes: ['cursor'], isKnownResource: () => false }
  const rights = rightsOf('document', 'off')
  return readDocument({ ...DOCUMENT, ...changes }, ADDRESS, { ...rules, rights, issuer: 'https://id.example' })
}
const isTaken = (changes: object) => {
  try {
    read(changes)
    return true
  } catch (error) {
    if (error instanceof OAuthError) return false
    throw error
  }
}

describe('the address of a document (Client ID Metadata Document §3, security.md §10.14)', () => {
  it.each([
    ADDRESS,
    'https://app.example/c',
    'https://app.example/c/',
    'https://app.example/c.json?for=none',
    'https://xn--bcher-kva.example/c',
  ])('%s', (id) => expect(isDocumentAddress(id, 'https://id.example')).toBe(true))

  it.each([
    'c_0123456789012345678901',
    '',
    'https://app.example',
    'https://app.example/',
    'https://app.example?c',
    'http://app.example/c',
    'http://127.0.0.1/c',
    'https://app.example:8443/c',
    'https://app.example:443/c',
    'https://user@app.example/c',
    'https://app.example/c#x',
    'https://app.example/a/../c',
    'https://app.example/a/%2e%2e/c',
    'https://app.example/./c',
    'https://APP.example/c',
    'HTTPS://app.example/c',
    'https://app.example\\c',
    'https://app.example/c d',
    'https://bücher.example/c',
    'https://id.example/c',
    'ftp://app.example/c',
    `https://app.example/${'x'.repeat(2000)}`,
  ])('not %s', (id) => expect(isDocumentAddress(id, 'https://id.example')).toBe(false))

  it('may be on loopback, at any port, for a server that is there itself', () => {
    expect(isDocumentAddress('http://127.0.0.1:4711/c', ISSUER)).toBe(true)
    expect(isDocumentAddress('https://localhost:4711/c', ISSUER)).toBe(true)
    expect(isDocumentAddress('http://10.0.0.1:4711/c', ISSUER)).toBe(false)
    expect(isDocumentAddress(`${ISSUER}/healthz`, ISSUER)).toBe(false)
  })
})

describe('what is read of a document', () => {
  it('a public client with PKCE, which may have no refresh token unless it says so (RFC 7591 §2)', () => {
    expect(read({})).toMatchObject({
      ...{ client_name: 'Kite', redirect_uris: ['http://localhost/callback'], application_type: 'native' },
      ...{ token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], require_pkce: true },
      ...{ consent_required: true, profile: 'standard', refresh_token_rotation: true },
    })
    expect(read({ grant_types: ['authorization_code', 'refresh_token'] }).grant_types).toHaveLength(2)
  })

  it('of what it offers to all servers, what there is here', () => {
    const made = read({
      redirect_uris: ['https://app.example/cb', 'http://app.example/cb', 'javascript:alert(1)', 'zed://x/cb'],
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', 'client_credentials'],
      response_types: ['code', 'token'],
      scope: 'openid mcp:tools trivet:login connections:google',
      logo_uri: 'https://app.example:8443/logo.png',
      client_uri: 'javascript:alert(1)',
      tos_uri: 'https://app.example/terms',
    })
    expect(made).toMatchObject({
      ...{ redirect_uris: ['https://app.example/cb'], grant_types: ['authorization_code'], response_types: ['code'] },
      ...{ scope: 'openid', tos_uri: 'https://app.example/terms', application_type: 'web' },
    })
    expect(made).not.toHaveProperty('logo_uri')
    expect(made).not.toHaveProperty('client_uri')
  })

  it('nothing of ours: no default, no profile, no waiver (security.md §11.11)', () => {
    const wishes = { require_pkce: false, consent_required: false, default_scope: 'email', profile: 'fapi2' }
    const more = { default_resource: 'https://api.example', refresh_token_rotation: false, is_verified: true }
    const made = read({ ...wishes, ...more })
    expect(made).toMatchObject({ require_pkce: true, consent_required: true, profile: 'standard' })
    for (const name of ['default_scope', 'default_resource', 'is_verified']) expect(made).not.toHaveProperty(name)
  })

  it('a name that nobody else may have, or none at all, is the host', () => {
    expect(read({ client_name: 'Gооgle Drive' }).client_name).toBe('app.example')
    expect(read({ client_name: undefined }).client_name).toBe('app.example')
    expect(read({ client_name: 7 }).client_name).toBe('app.example')
    expect(read({ client_name: 'a\u202eb' }).client_name).toBe('app.example')
  })

  it.each([
    ['of another address', { client_id: `${ADDRESS}/` }],
    ['of no address', { client_id: undefined }],
    ['with a secret (§4.1)', { client_secret: 'x' }],
    ['with a time for one (§4.1)', { client_secret_expires_at: 0 }],
    ['with a secret as method (§4.1)', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['with private_key_jwt and no key', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['without redirect URIs', { redirect_uris: undefined }],
    ['with none that can be used', { redirect_uris: ['http://app.example/cb'] }],
    ['with redirect URIs of this server', { redirect_uris: ['https://id.example/login'] }],
    ['for other grants', { grant_types: ['client_credentials'] }],
    ['with redirect URIs that are no list', { redirect_uris: 'http://localhost/cb' }],
  ])('is none: %s', (_what, changes) => {
    expect(isTaken({})).toBe(true)
    expect(isTaken(changes)).toBe(false)
  })
})

const HOSTILE: readonly unknown[] = [
  ...[null, true, 0, -1, 1e308, '', ' ', 'x'.repeat(4000), [], [[]], [null], {}, { a: {} }, ['', 7], '__proto__'],
  ...[['https://app.example/cb', {}], 'javascript:alert(1)', { keys: [] }, { keys: [{ kty: 'oct', k: 'AAAA' }] }],
]

it.each([
  ...['client_id', 'client_name', 'redirect_uris', 'grant_types', 'response_types', 'token_endpoint_auth_method'],
  ...['jwks', 'jwks_uri', 'scope', 'logo_uri', 'client_uri', 'id_token_signed_response_alg', 'contacts', '__proto__'],
  ...[
    'post_logout_redirect_uris',
    'token_endpoint_auth_signing_alg',
    'application_type',
    'subject_type',
    'software_id',
  ],
])('%s may be whatever it is: the document is taken or is none, and nothing breaks (bad input)', (name) => {
  for (const value of HOSTILE) {
    const changes = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`)
    expect(typeof isTaken(changes), JSON.stringify(value)).toBe('boolean')
  }
})

describe('how long it counts (RFC 9111 §5.2.2)', () => {
  it.each([
    ['', 3600],
    ['max-age=600', 600],
    ['public, max-age="900"', 900],
    ['max-age=1', 300],
    ['max-age=99999999', 86_400],
    ['no-store', 300],
    ['no-cache, max-age=7200', 300],
    ['s-maxage=7200', 3600],
    ['max-age=x', 3600],
  ])('%j: %i s', (header, seconds) => expect(freshFor(header)).toBe(seconds))
})
