import { describe, expect, it } from 'vitest'
import { aClient, refusalOf } from '../testing/client.fixture.ts'
import { checkClaims } from './check-claims.ts'
import { checkPkce } from './check-pkce.ts'
import { checkMaxAge, checkPrompt } from './check-prompt.ts'
import { checkResponseMode, checkResponseType, refuseRequestObjects } from './check-response.ts'

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

describe('PKCE (RFC 7636 §4.3, RFC 9700 §2.1.1)', () => {
  const pkce = (params: Record<string, string>, requirePkce = true) =>
    refusalOf(() => checkPkce(params, aClient({ requirePkce })))

  it('takes S256', () => {
    expect(pkce({ code_challenge: CHALLENGE, code_challenge_method: 'S256' })).toEqual({ taken: CHALLENGE })
  })

  it.each([
    ['no challenge', {}],
    ['a method without a challenge', { code_challenge_method: 'S256' }],
    ['no method, which means plain', { code_challenge: CHALLENGE }],
    ['plain', { code_challenge: CHALLENGE, code_challenge_method: 'plain' }],
    ['a method in another case', { code_challenge: CHALLENGE, code_challenge_method: 's256' }],
    ['a challenge that is too short', { code_challenge: CHALLENGE.slice(1), code_challenge_method: 'S256' }],
    ['a padded challenge', { code_challenge: `${CHALLENGE}=`, code_challenge_method: 'S256' }],
    ['a hexadecimal challenge', { code_challenge: 'a'.repeat(64), code_challenge_method: 'S256' }],
  ])('refuses %s', (_what, params) => {
    expect(pkce(params)).toBe('invalid_request')
  })

  it('may be left out by a client whose require_pkce is false, but not be wrong', () => {
    expect(pkce({}, false)).toEqual({ taken: undefined })
    expect(pkce({ code_challenge: CHALLENGE }, false)).toBe('invalid_request')
  })
})

describe('prompt and max_age (OpenID Connect Core §3.1.2.1)', () => {
  it.each([
    [undefined, []],
    ['login consent', ['login', 'consent']],
    ['create', ['create']],
  ])('prompt=%j is %j', (prompt, list) => {
    expect(checkPrompt(prompt === undefined ? {} : { prompt })).toEqual(list)
  })

  it.each(['none login', 'nothing', 'login,consent', 'LOGIN'])('prompt=%j is refused', (prompt) => {
    expect(refusalOf(() => checkPrompt({ prompt }))).toBe('invalid_request')
  })

  it.each(['-1', '1.5', 'x', '1e3', '0x1', '99999999999', ' 1'])('max_age=%j is refused', (text) => {
    expect(refusalOf(() => checkMaxAge({ max_age: text }))).toBe('invalid_request')
  })

  it('max_age=0 is a number of seconds', () => {
    expect(checkMaxAge({ max_age: '0' })).toBe(0)
  })
})

describe('claims (OpenID Connect Core §5.5)', () => {
  const claims = (text: string) => refusalOf(() => checkClaims({ claims: text }))

  it('keeps what is understood and nothing else', () => {
    const text = JSON.stringify({
      id_token: { email: null, acr: { essential: true, values: ['a', { deep: 1 }], secret: 'x' } },
      userinfo: { name: { value: { nested: [[[]]] } } },
      other: { a: 1 },
    })
    expect(claims(text)).toEqual({
      taken: { id_token: { email: null, acr: { essential: true, values: ['a'] } }, userinfo: { name: {} } },
    })
  })

  it.each([
    '',
    '[]',
    '1',
    'null',
    '"x"',
    '{',
    '{"id_token":[]}',
    '{"id_token":1}',
    '{"userinfo":{"a":1}}',
    '{"userinfo":{"a":[]}}',
  ])('refuses %j', (text) => {
    expect(claims(text)).toBe('invalid_request')
  })

  it('is not brought down by depth, or by names of the language', () => {
    const deep = `{"id_token":{"a":{"value":${'['.repeat(7000)}${']'.repeat(7000)}}}}`
    expect(claims(deep)).toEqual({ taken: { id_token: { a: {} } } })
    expect(claims('{"id_token":{"__proto__":null,"constructor":null}}')).toMatchObject({ taken: {} })
  })

  it('leaves out what PostgreSQL cannot keep', () => {
    expect(claims('{"id_token":{"a":{"value":"\\u0000"},"b":{"value":"\\ud800"}}}')).toEqual({
      taken: { id_token: { a: {}, b: {} } },
    })
    expect(claims('{"id_token":{"\\u0000":null}}')).toEqual({ taken: { id_token: {} } })
  })
})

describe('what may be answered, and how', () => {
  it.each(['token', 'id_token', 'code id_token', 'code token', 'none', 'CODE', 'code '])(
    'response_type=%j is not supported (RFC 9700 §2.1.2)',
    (type) => {
      expect(refusalOf(() => checkResponseType({ response_type: type }, aClient()))).toBe('unsupported_response_type')
    },
  )

  it('needs a client that registered the code flow', () => {
    const check = (changes: Parameters<typeof aClient>[0]) =>
      refusalOf(() => checkResponseType({ response_type: 'code' }, aClient(changes)))
    expect(check({})).toEqual({ taken: undefined })
    expect(check({ responseTypes: [] })).toBe('unauthorized_client')
    expect(check({ grantTypes: ['client_credentials'] })).toBe('unauthorized_client')
    expect(refusalOf(() => checkResponseType({}, aClient()))).toBe('invalid_request')
  })

  it.each(['fragment', 'web_message', 'jwt', 'query.jwt', 'Query'])('response_mode=%s is refused', (mode) => {
    expect(refusalOf(() => checkResponseMode({ response_mode: mode }))).toBe('invalid_request')
  })

  it.each([
    ['request', 'request_not_supported'],
    ['request_uri', 'request_uri_not_supported'],
    ['registration', 'registration_not_supported'],
  ])('%s is refused by its own name (OpenID Connect Core §3.1.2.6)', (name, code) => {
    expect(refusalOf(() => refuseRequestObjects({ [name]: 'x' }))).toBe(code)
  })
})
