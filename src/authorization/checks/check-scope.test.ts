import { describe, expect, it } from 'vitest'
import { aClient, refusalOf } from '../testing/client.fixture.ts'
import { checkScope, parseScope } from './check-scope.ts'

const SERVER = ['profile']
const scopes = (scope: string | undefined, changes: Parameters<typeof aClient>[0] = {}, fallback = SERVER) =>
  refusalOf(() => checkScope(scope === undefined ? {} : { scope }, aClient(changes), fallback))
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
