import { describe, expect, it } from 'vitest'
import { aClient, refusalOf } from '../testing/client.fixture.ts'
import { checkScope, parseScope, type ScopeRules } from './check-scope.ts'

const SERVER = ['profile']
const ask = (scope: string | undefined, changes: Parameters<typeof aClient>[0], rules: ScopeRules) =>
  refusalOf(() => checkScope(scope === undefined ? {} : { scope }, aClient(changes), rules))
const scopes = (scope: string | undefined, changes: Parameters<typeof aClient>[0] = {}, fallback = SERVER) =>
  ask(scope, changes, { fallback, ofApis: [], areApisChosen: false })
/** Tokens for an API behind the gateway. */
const NOTES: ScopeRules = { fallback: SERVER, ofApis: ['notes:read', 'notes:write'], areApisChosen: true }
const taken = (...list: string[]) => ({ taken: list })

describe('scope (RFC 6749 §3.3)', () => {
  it.each([
    ['openid profile', ['openid', 'profile']],
    ['profile  profile openid ', ['profile', 'openid']],
    ['', []],
  ])('%j is the list %j', (text, list) => {
    expect(parseScope(text)).toEqual(list)
  })

  it.each(['a"b', 'a\\b', 'a\tb', 'ü', '\u0001'])('refuses the characters of %j', (text) => {
    expect(refusalOf(() => parseScope(text))).toBe('invalid_scope')
  })

  it('grants known scopes to a client that registered none in particular, and passes over unknown ones (OpenID Connect Core §3.1.2.1)', () => {
    expect(scopes('openid email nonsense')).toEqual(taken('openid', 'email'))
  })

  it('refuses a request of which nothing is left', () => {
    expect(scopes('nonsense')).toBe('invalid_scope')
    expect(scopes('offline_access', { grantTypes: ['authorization_code'] })).toBe('invalid_scope')
  })

  it('limits a client to what it registered (ASVS 5.0, 10.4.11), its own words included', () => {
    const client = { scope: ['profile', 'api:read'] }
    expect(scopes('api:read profile', client)).toEqual(taken('api:read', 'profile'))
    expect(scopes('profile email', client)).toBe('invalid_scope')
    expect(scopes('profile api:write', client)).toEqual(taken('profile'))
  })

  it('never grants trivet:login, even to a client that registered it', () => {
    expect(scopes('trivet:login', { scope: ['trivet:login', 'profile'] })).toBe('invalid_scope')
    expect(scopes(undefined, { scope: ['trivet:login'], defaultScope: 'trivet:login' })).toBe('invalid_scope')
  })

  it('leaves offline_access out for a client without the refresh_token grant', () => {
    expect(scopes('openid offline_access')).toEqual(taken('openid', 'offline_access'))
    expect(scopes('openid offline_access', { grantTypes: ['authorization_code'] })).toEqual(taken('openid'))
    expect(scopes('profile offline_access', { scope: ['profile'] })).toEqual(taken('profile'))
  })
})

describe('without scope', () => {
  it.each([
    ['the default of the client', { defaultScope: 'email phone' }, SERVER, ['email', 'phone']],
    ['else of the server', {}, ['profile', 'email'], ['profile', 'email']],
    ['of it what the client registered', { scope: ['email', 'x'] }, ['profile', 'email'], ['email']],
    ['else what the client registered', { scope: ['api:read', 'openid'] }, SERVER, ['api:read']],
  ])('%s', (_what, client, fallback, list) => {
    expect(scopes(undefined, client, fallback)).toEqual(taken(...list))
  })

  it('never openid, offline_access, connections:* or admin scopes', () => {
    const wild = 'openid offline_access connections:proxy admin admin:users profile'
    expect(scopes(undefined, { defaultScope: wild })).toEqual(taken('profile'))
    expect(scopes(undefined, {}, wild.split(' '))).toEqual(taken('profile'))
  })
})

describe('for an API behind the gateway', () => {
  const STRANGERS = ['anonymous', 'document'] as const
  const ANSWERED_FOR = ['user', 'token', 'admin'] as const

  it.each([...STRANGERS, ...ANSWERED_FOR])('its scopes go to a client (%s) that registered none', (registeredBy) => {
    expect(ask('notes:write profile', { registeredBy }, NOTES)).toEqual(taken('notes:write', 'profile'))
  })

  it('and to no other API: there its words mean nothing', () => {
    expect(ask('notes:write profile', {}, { ...NOTES, ofApis: ['mail:send'] })).toEqual(taken('profile'))
  })

  it.each(STRANGERS)('a step-up leads past what a client (%s) said of itself (MCP, step-up)', (registeredBy) => {
    const client = { registeredBy, scope: ['notes:read'] }
    expect(ask('notes:read notes:write', client, NOTES)).toEqual(taken('notes:read', 'notes:write'))
    // Of what every server has, its word holds.
    expect(ask('notes:read email', client, NOTES)).toBe('invalid_scope')
  })

  it.each(ANSWERED_FOR)(
    'what somebody registered a client (%s) for stays its limit (ASVS 5.0, 10.4.11)',
    (registeredBy) => {
      const client = { registeredBy, scope: ['notes:read'] }
      expect(ask('notes:read', client, NOTES)).toEqual(taken('notes:read'))
      expect(ask('notes:read notes:write', client, NOTES)).toBe('invalid_scope')
    },
  )

  it.each(['connections:proxy', 'admin', 'admin:users', 'console:x', 'trivet:login'])(
    '%s is given to no client by being asked for (security.md §10.15)',
    (scope) => {
      for (const registeredBy of [...STRANGERS, ...ANSWERED_FOR]) {
        expect(ask(scope, { registeredBy }, { ...NOTES, ofApis: [scope] }), registeredBy).toBe('invalid_scope')
      }
    },
  )

  it.each([
    ['the default of the client', { defaultScope: 'notes:read', scope: ['notes:read', 'notes:write'] }, ['notes:read']],
    ['else all of the API', {}, ['notes:read', 'notes:write']],
    ['of it what somebody registered', { registeredBy: 'user', scope: ['notes:read', 'email'] }, ['notes:read']],
    ['all of it for a stranger', { registeredBy: 'anonymous', scope: ['notes:read'] }, ['notes:read', 'notes:write']],
    ['else of the server', { scope: ['profile', 'email'] }, ['profile']],
  ] as const)('without scope: %s', (_what, client, list) => {
    expect(ask(undefined, client, NOTES)).toEqual(taken(...list))
  })

  it('without scope, nobody having chosen the API: as if there were none', () => {
    expect(ask(undefined, {}, { ...NOTES, areApisChosen: false })).toEqual(taken('profile'))
  })

  it('without scope, never openid, offline_access or what only administrators give', () => {
    const ofApis = ['openid', 'offline_access', 'connections:x', 'admin:x', 'console:x', 'notes:read']
    expect(ask(undefined, { registeredBy: 'anonymous' }, { ...NOTES, ofApis })).toEqual(taken('notes:read'))
  })
})
