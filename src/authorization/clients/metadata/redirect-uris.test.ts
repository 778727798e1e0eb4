import { describe, expect, it } from 'vitest'
import { OAuthError } from '../../errors.ts'
import { CALLBACK, ISSUER } from '../rig.fixture.ts'
import { readMetadata } from './read-metadata.ts'
import { type RegisteredBy, rightsOf } from './rights.ts'

const RESERVED = ['Trivet', 'tinyoauth', 'Google', 'Discord', 'put.io']

function read(body: unknown, by: RegisteredBy = 'user', policy: 'mcp' | 'open' = 'mcp', issuer = ISSUER) {
  return readMetadata(body, {
    issuer,
    reservedNames: RESERVED,
    appSchemes: ['cursor'],
    isKnownResource: () => false,
    rights: rightsOf(by, policy),
  })
}

const withUris = (more: object) => ({ redirect_uris: [CALLBACK], ...more })

/** The error that a registration ends with. */
function errorOf(body: unknown, by?: RegisteredBy): string {
  try {
    read(body, by)
  } catch (error) {
    if (error instanceof OAuthError) return error.error
    throw error
  }
  return 'none'
}

describe('redirect_uris that are registered', () => {
  it.each([
    'https://app.example/cb',
    'https://app.example',
    'https://app.example/cb?tenant=1',
    'https://app.example:8443/cb',
    'https://xn--bcher-kva.example/cb',
    'https://192.0.2.1/cb',
    'https://[2001:db8::1]/cb',
  ])('%s, for web clients', (uri) => {
    expect(read({ redirect_uris: [uri] })).toMatchObject({ redirect_uris: [uri], application_type: 'web' })
  })

  it.each([
    'http://127.0.0.1/cb',
    'http://127.0.0.1:8080/cb',
    'http://127.0.0.1',
    'http://[::1]:9/cb',
    'http://localhost:33418/',
    'com.example.app:/cb',
    'com.example.app://cb/path',
    'https://claimed.example/cb',
  ])('%s, for native ones (RFC 8252 §7)', (uri) => {
    expect(read({ redirect_uris: [uri], application_type: 'native' }).redirect_uris).toEqual([uri])
  })

  it('cursor://…, one of those without a dot that are known by name, whatever type it says', () => {
    for (const application_type of ['native', 'web', undefined]) {
      const registered = { redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'], application_type }
      expect(read({ ...registered, token_endpoint_auth_method: 'none' })).toMatchObject({
        application_type: 'native',
        require_pkce: true,
      })
    }
    const mixed = { redirect_uris: ['cursor://a/cb', CALLBACK], application_type: 'web' }
    expect(errorOf(mixed)).toBe('invalid_redirect_uri')
  })

  it('who does not say is native when an address is on the own device', () => {
    expect(read({ redirect_uris: [CALLBACK, 'http://localhost/cb'] }).application_type).toBe('native')
    expect(read({ redirect_uris: ['com.example.app:/cb'] }).application_type).toBe('native')
  })
})

describe('redirect_uris that are refused (RFC 9700 §4.1, security §7)', () => {
  it.each([
    'javascript:alert(1)',
    'javascript://app.example/%0aalert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'about:blank',
    'blob:https://app.example/x',
    'view-source:https://app.example',
    'intent://x#Intent;end',
    'ms-msdt:/id',
    'mailto:a@app.example',
    'urn:ietf:wg:oauth:2.0:oob',
    'http://app.example/cb',
    'http://127.0.0.2/cb',
    'http://127.1/cb',
    'http://localhost.evil.example/cb',
    'http://localhost@evil.example/cb',
    'https://app.example/cb#fragment',
    'https://app.example/cb#',
    'https://user@app.example/cb',
    'https://user:pw@app.example/cb',
    'https://@app.example/cb',
    'https://app.example@evil.example/cb',
    'https://app.example\\@evil.example/cb',
    'https://*.app.example/cb',
    'https://app.example/a/../cb',
    'https://app.example/%2e%2e/cb',
    'https://APP.example/cb',
    'HTTPS://app.example/cb',
    'https://app.example:443/cb',
    'https:app.example/cb',
    'https:/app.example/cb',
    'https:///app.example/cb',
    'https://',
    'https://bücher.example/cb',
    'https://app.example/c b',
    ' https://app.example/cb',
    'https://app.example/cb\n',
    'https://app.example/\u202e',
    'https://app.example/cb?code=1',
    'https://app.example/cb?state=1',
    'https://app.example/cb?a=b&iss=x',
    'https://app_example/cb',
    'https://app.example./cb',
    'https://0x7f.1/cb',
    '//app.example/cb',
    '/cb',
    'cb',
    'com.example.app:',
    'com.example.app://user@host/cb',
    'myapp:/cb',
    'myapp://cb',
    'cursor:/cb',
    'cursor:cb',
    'cursor:///cb',
    'cursor://user@host/cb',
    'Cursor://host/cb',
    'cursorx://host/cb',
    'vscode://host/cb',
    `${ISSUER}/connect/google/callback`,
    `https://app.example/${'x'.repeat(2000)}`,
  ])('%j', (uri) => {
    for (const type of ['web', 'native', undefined]) {
      expect(errorOf({ redirect_uris: [uri], application_type: type })).toBe('invalid_redirect_uri')
      expect(errorOf({ redirect_uris: [CALLBACK, uri], application_type: type })).toBe('invalid_redirect_uri')
    }
  })

  it.each(['http://127.0.0.1/cb', 'http://localhost:8080/cb', 'com.example.app:/cb'])('%s for web clients', (uri) => {
    expect(errorOf({ redirect_uris: [uri], application_type: 'web' })).toBe('invalid_redirect_uri')
  })

  it('this server’s own addresses, unless an administrator registers them', () => {
    const own = { redirect_uris: [`${ISSUER}/playground`] }
    expect(errorOf(own)).toBe('invalid_redirect_uri')
    expect(errorOf(own, 'admin')).toBe('none')
    const https = { redirect_uris: ['https://id.example/playground'] }
    expect(() => read(https, 'user', 'mcp', 'https://id.example/base')).toThrow(/belongs to this server/)
  })

  it.each([
    ['missing', undefined],
    ['null', null],
    ['empty', []],
    ['text', CALLBACK],
    ['an object', { 0: CALLBACK }],
    ['of numbers', [1]],
    ['of null', [null]],
    ['nested', [[CALLBACK]]],
    ['an empty text', ['']],
    ['too many', Array.from({ length: 21 }, (_, index) => `https://app.example/${index}`)],
  ])('%s', (_what, value) => expect(errorOf({ redirect_uris: value })).toBe('invalid_redirect_uri'))

  it('the description never quotes what could end a header or a line', () => {
    try {
      read({ redirect_uris: ['https://app.example/"\r\nx: y\u202e'] })
      expect.unreachable()
    } catch (error) {
      expect(error instanceof OAuthError && /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(error.description)).toBe(true)
    }
  })

  it('post_logout_redirect_uris go by the same rules (RP-Initiated Logout §3.1)', () => {
    const good = ['https://app.example/bye']
    expect(read(withUris({ post_logout_redirect_uris: good })).post_logout_redirect_uris).toEqual(good)
    for (const uri of ['javascript:alert(1)', 'http://app.example/', 'https://app.example/#x', 7]) {
      expect(errorOf(withUris({ post_logout_redirect_uris: [uri] }))).toBe('invalid_client_metadata')
    }
  })
})
