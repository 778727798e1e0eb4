import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { OAuthError } from '../../errors.ts'
import { CALLBACK, ISSUER, keyPair } from '../rig.fixture.ts'
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

describe('grant_types and response_types (RFC 7591 §2.1)', () => {
  it.each<[object, readonly string[], readonly string[]]>([
    [{}, ['authorization_code'], ['code']],
    [{ grant_types: ['authorization_code', 'refresh_token'] }, ['authorization_code', 'refresh_token'], ['code']],
    [{ response_types: ['code'] }, ['authorization_code'], ['code']],
    [{ grant_types: ['client_credentials'] }, ['client_credentials'], []],
    [{ grant_types: ['client_credentials'], response_types: [] }, ['client_credentials'], []],
    [{ grant_types: null, response_types: null }, ['authorization_code'], ['code']],
  ])('%j', (body, grantTypes, responseTypes) => {
    expect(read(withUris(body))).toMatchObject({ grant_types: grantTypes, response_types: responseTypes })
  })

  it.each([
    { grant_types: ['implicit'] },
    { grant_types: ['password'] },
    { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] },
    { grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] },
    { grant_types: [] },
    { grant_types: ['refresh_token'] },
    { grant_types: ['client_credentials', 'refresh_token'] },
    { grant_types: ['authorization_code'], response_types: [] },
    { grant_types: ['client_credentials'], response_types: ['code'] },
    { response_types: ['token'] },
    { response_types: ['code', 'id_token'] },
    { response_types: ['code id_token'] },
    { grant_types: 'authorization_code' },
    { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
  ])('refused: %j', (body) => expect(errorOf(withUris(body))).toBe('invalid_client_metadata'))

  it('no redirect URI is needed where no code is', () => {
    expect(read({ grant_types: ['client_credentials'] }).redirect_uris).toEqual([])
  })
})

describe('token_endpoint_auth_method, jwks, jwks_uri', () => {
  const jwks = { keys: [keyPair('ES256', 'a').jwk] }

  it('client_secret_basic unless told (RFC 7591 §2)', () => {
    expect(read(withUris({})).token_endpoint_auth_method).toBe('client_secret_basic')
  })

  it('private_key_jwt with either of the two; only public members are kept', () => {
    const key = { ...keyPair('RS256', 'a').jwk, x5u: 'https://evil.example', x5c: ['x'], key_ops: ['verify'], deep: {} }
    const method = { token_endpoint_auth_method: 'private_key_jwt' }
    const kept = read(withUris({ ...method, jwks: { keys: [key], more: 1 } })).jwks
    expect(Object.keys(kept?.keys[0] ?? {}).sort()).toEqual(['e', 'kid', 'kty', 'n'])
    const uri = 'https://app.example/keys'
    expect(read(withUris({ ...method, jwks_uri: uri })).jwks_uri).toBe(uri)
  })

  it.each<[string, object]>([
    ['an unknown method', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['mTLS', { token_endpoint_auth_method: 'tls_client_auth' }],
    ['a list', { token_endpoint_auth_method: ['none'] }],
    ['private_key_jwt without keys', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['both', { jwks, jwks_uri: 'https://app.example/keys' }],
    ['alg none', { token_endpoint_auth_method: 'private_key_jwt', jwks, token_endpoint_auth_signing_alg: 'none' }],
    ['HS256', { token_endpoint_auth_method: 'private_key_jwt', jwks, token_endpoint_auth_signing_alg: 'HS256' }],
    ['jwks_uri by http', { jwks_uri: 'http://app.example/keys' }],
    ['jwks_uri at another port', { jwks_uri: 'https://app.example:8443/keys' }],
    ['jwks_uri with a user', { jwks_uri: 'https://u@app.example/keys' }],
    ['jwks_uri file', { jwks_uri: 'file:///etc/passwd' }],
    ['jwks as text', { jwks: JSON.stringify(jwks) }],
    ['jwks as array', { jwks: [jwks] }],
    ['jwks without keys', { jwks: {} }],
    ['no key', { jwks: { keys: [] } }],
    ['keys as object', { jwks: { keys: { 0: jwks.keys[0] } } }],
    ['a key that is none', { jwks: { keys: [null] } }],
    ['11 keys', { jwks: { keys: Array.from({ length: 11 }, (_, kid) => ({ ...jwks.keys[0], kid: `${kid}` })) } }],
    ['a kid twice', { jwks: { keys: [jwks.keys[0], jwks.keys[0]] } }],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    ['only keys of unknown types', { jwks: { keys: [{ kty: 'AKP', pub: 'x' }] } }],
    ['a point off the curve', { jwks: { keys: [{ ...jwks.keys[0], x: Buffer.alloc(32, 1).toString('base64url') }] } }],
    ['a member that is no text', { jwks: { keys: [{ ...jwks.keys[0], kid: 1 }] } }],
    ['RSA of 1024 bits', { jwks: { keys: [rsa(1024)] } }],
    [
      'RSA of 16,384 bits',
      { jwks: { keys: [{ kty: 'RSA', e: 'AQAB', n: Buffer.alloc(2048, 255).toString('base64url') }] } },
    ],
    ['RSA with exponent 1', { jwks: { keys: [{ ...rsa(2048), e: 'AQ' }] } }],
    ['RSA with an even exponent', { jwks: { keys: [{ ...rsa(2048), e: 'BA' }] } }],
    ['RSA with a huge exponent', { jwks: { keys: [{ ...rsa(2048), e: rsa(2048)['n'] }] } }],
  ])('refused: %s', (_what, body) => expect(errorOf(withUris(body))).toBe('invalid_client_metadata'))

  it('a private key is refused, and not quoted', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ format: 'jwk' })
    try {
      read(withUris({ jwks: { keys: [key] } }))
      expect.unreachable()
    } catch (error) {
      expect(String(error)).toMatch(/private/)
      expect(String(error)).not.toContain(key.d)
    }
  })

  it('jwks_uri by http on loopback, where the issuer is there, too', () => {
    const body = withUris({ jwks_uri: 'http://127.0.0.1:4000/keys' })
    expect(read(body).jwks_uri).toBe('http://127.0.0.1:4000/keys')
    expect(() => read(body, 'user', 'mcp', 'https://id.example')).toThrow(OAuthError)
  })
})

function rsa(modulusLength: number): Record<string, unknown> {
  return { ...generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }) }
}

describe('client_name (security §10.15)', () => {
  it.each([
    ['Kite', 'Kite'],
    ['  Kite   Two ', 'Kite Two'],
    ['Ｋｉｔｅ', 'Kite'],
    ['Bücher für Zoë', 'Bücher für Zoë'],
    ['凧', '凧'],
    ['Notes 🪁', 'Notes 🪁'],
  ])('%j is %j', (name, kept) => expect(read(withUris({ client_name: name })).client_name).toBe(kept))

  it.each([
    'Kite\u0000',
    'Kite\u0007',
    'Ki\u202ete',
    'Ki\u200bte',
    '\u2066Kite',
    'Kite\u2028two',
    'Kite\ttwo',
    'Kite\r\nBcc: all@app.example',
    '   ',
    'x'.repeat(101),
    '\ufdfa'.repeat(20),
    `K${'\u0301'.repeat(8)}ite`,
    'Kite\ue000',
    'Goo\u1160gle',
    'Goo\u3164gle',
    'Goo\uffa0gle',
    '\u115f',
  ])('refused: %j', (name) => expect(errorOf(withUris({ client_name: name }))).toBe('invalid_client_metadata'))

  it.each([
    'Google',
    'google drive',
    'Sign in with G00gle',
    'G o o g l e',
    'GооgІe',
    'Ｇｏｏｇｌｅ',
    'Göogle',
    'Discord',
    'D1sc0rd',
    'Dіѕcоrd',
    'dis-cord',
    'Put.io',
    'PUT IO',
    'Trivet',
    'Tr1vet Admin',
    'TЯIVET'.replace('Я', 'R'),
    'Ƭrivet'.replace('Ƭ', 'Ŧ'),
    'TRlVET',
    'ᴛʀɪᴠᴇᴛ',
    'Trɨvet',
    'Trivɛt',
    'Ԍoogle',
    'ꓖoogle',
    'Gꝏgle',
    'ᎠiѕᏟord',
    'tinyoauth',
  ])('refused for what it looks like: %s; an administrator may', (name) => {
    expect(errorOf(withUris({ client_name: name }))).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ client_name: name }), 'anonymous')).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ client_name: name }), 'admin')).toBe('none')
  })

  it.each(['Goggles', 'Discount finder', 'River', 'Put it on', 'Tribute', 'Goo', 'Tiny', 'Heart ❤\ufe0f', '한글 앱'])(
    'taken: %s',
    (name) => {
      expect(errorOf(withUris({ client_name: name }))).toBe('none')
    },
  )
})

describe('pages, contacts, software', () => {
  it.each(['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'])('%s is https', (member) => {
    expect(read(withUris({ [member]: 'https://app.example/x' }))).toMatchObject({ [member]: 'https://app.example/x' })
    for (const wrong of [
      'http://app.example',
      'javascript:alert(1)',
      'data:image/svg+xml,x',
      'https://u@a.ex/',
      '/x',
      7,
      [],
    ])
      expect(errorOf(withUris({ [member]: wrong }))).toBe('invalid_client_metadata')
  })

  it('bounded in number and length', () => {
    expect(errorOf(withUris({ contacts: Array.from({ length: 11 }, (_, n) => `${n}@a.ex`) }))).toBe(
      'invalid_client_metadata',
    )
    expect(errorOf(withUris({ contacts: 'a@a.ex' }))).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ contacts: ['a@a.ex\r\nBcc: b@a.ex'] }))).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ software_id: 'x'.repeat(201) }))).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ software_version: 2 }))).toBe('invalid_client_metadata')
    expect(read(withUris({ software_id: 'kite', software_version: '2' }))).toMatchObject({ software_id: 'kite' })
  })

  it('what is not understood is ignored (RFC 7591 §2), what cannot be done is refused', () => {
    const kept = read(
      withUris({ tls_client_certificate_bound_access_tokens: true, 'client_name#de': 'Drachen', a: {} }),
    )
    expect(Object.keys(kept)).not.toContain('a')
    expect(Object.keys(kept)).not.toContain('client_name#de')
    expect(errorOf(withUris({ subject_type: 'pairwise' }))).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ id_token_signed_response_alg: 'none' }))).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ id_token_signed_response_alg: 'HS256' }))).toBe('invalid_client_metadata')
    expect(read(withUris({ id_token_signed_response_alg: 'ES256' })).id_token_signed_response_alg).toBe('ES256')
  })
})

describe('scope and defaults', () => {
  it.each(['trivet:login', 'openid trivet:login', 'internal:x', 'vault'])('%s is for nobody', (scope) => {
    for (const by of ['anonymous', 'user', 'token', 'admin'] as const)
      expect(errorOf(withUris({ scope, token_endpoint_auth_method: 'none' }), by)).toBe('invalid_client_metadata')
  })

  it.each(['connections:google', 'admin', 'admin:clients', 'profile console:x'])(
    '%s is for administrators to give',
    (scope) => {
      expect(errorOf(withUris({ scope }))).toBe('invalid_client_metadata')
      expect(errorOf(withUris({ scope }), 'admin')).toBe('none')
    },
  )

  it.each(['a"b', 'a\\b', 'ä', 'a\tb', ' ', 'x'.repeat(1001)])('%j is no scope', (scope) => {
    expect(errorOf(withUris({ scope }))).toBe('invalid_client_metadata')
  })

  it('default_scope is part of scope, and nothing that has to be asked for', () => {
    expect(read(withUris({ scope: 'a b', default_scope: 'b' })).default_scope).toBe('b')
    for (const wrong of ['c', 'openid', 'offline_access', 'connections:google'])
      expect(errorOf(withUris({ scope: 'a b openid', default_scope: wrong }), 'admin')).toBe('invalid_client_metadata')
  })

  it('default_resource is an absolute URL without fragment (RFC 8707 §2)', () => {
    expect(read(withUris({ default_resource: 'https://api.example/v1' })).default_resource).toBe(
      'https://api.example/v1',
    )
    for (const wrong of ['vault', 'internal:x', 'https://api.example#x', '/v1', 'urn:api', ''])
      expect(errorOf(withUris({ default_resource: wrong }))).toBe('invalid_client_metadata')
  })
})

describe('metadata of our own: who may set what (security §10.15, §11.11)', () => {
  const none = { token_endpoint_auth_method: 'none' }

  it('require_pkce: false only for confidential web clients that somebody answers for', () => {
    const without = withUris({ require_pkce: false })
    expect(read(without).require_pkce).toBe(false)
    expect(read(without, 'token').require_pkce).toBe(false)
    expect(errorOf({ ...without, ...none })).toBe('invalid_client_metadata')
    expect(errorOf({ require_pkce: false, redirect_uris: ['http://127.0.0.1/'] })).toBe('invalid_client_metadata')
    expect(errorOf({ ...without, application_type: 'native' }, 'admin')).toBe('invalid_client_metadata')
    expect(() => read({ ...without }, 'anonymous', 'open')).toThrow(OAuthError)
  })

  it('refresh_token_rotation: false never for public clients (RFC 9700 §2.2.2)', () => {
    const fixed = withUris({ refresh_token_rotation: false })
    expect(read(fixed).refresh_token_rotation).toBe(false)
    expect(errorOf({ ...fixed, ...none })).toBe('invalid_client_metadata')
    expect(() => read(fixed, 'anonymous', 'open')).toThrow(OAuthError)
  })

  it.each([{ profile: 'fapi2' }, { consent_required: false }])('%j only by administrators', (body) => {
    const jwt = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [keyPair('ES256').jwk] } }
    expect(errorOf(withUris({ ...jwt, ...body }))).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ ...jwt, ...body }), 'token')).toBe('invalid_client_metadata')
    expect(read(withUris({ ...jwt, ...body }), 'admin')).toMatchObject(body)
  })

  it('fapi2 is for clients that sign', () => {
    expect(errorOf(withUris({ profile: 'fapi2' }), 'admin')).toBe('invalid_client_metadata')
  })

  it('wrong types and values', () => {
    for (const wrong of ['true', 1, [], {}]) {
      expect(errorOf(withUris({ require_pkce: wrong }))).toBe('invalid_client_metadata')
      expect(errorOf(withUris({ refresh_token_rotation: wrong }))).toBe('invalid_client_metadata')
      expect(errorOf(withUris({ consent_required: wrong }), 'admin')).toBe('invalid_client_metadata')
    }
    for (const wrong of ['token_endpoint', 'both', true, ['issuer']])
      expect(errorOf(withUris({ client_assertion_audience: wrong }))).toBe('invalid_client_metadata')
    expect(errorOf(withUris({ profile: 'strict' }), 'admin')).toBe('invalid_client_metadata')
  })

  it('private_key_jwt is not for callers who did not sign in, unless the policy is open', () => {
    const jwt = withUris({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [keyPair('ES256').jwk] } })
    expect(errorOf(jwt, 'anonymous')).toBe('invalid_client_metadata')
    expect(read(jwt, 'anonymous', 'open').token_endpoint_auth_method).toBe('private_key_jwt')
  })
})

it.each([null, undefined, 7, 'text', true, [], [{}], { redirect_uris: [CALLBACK], scope: {} }])(
  'a body that is no registration: %j',
  (body) => expect(errorOf(body)).toBe('invalid_client_metadata'),
)
