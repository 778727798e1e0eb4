import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, createRig, LEFT_OUT, type Rig, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
let browser: Awaited<ReturnType<Rig['person']>>['browser']
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
  browser = (await rig.person()).browser
})
afterAll(() => rig.close())
afterEach(() => rig.test.shift(0))

const errorOf = async (answer: ReturnType<Rig['redeem']>) => {
  const { status, body } = await answer
  return [status, body.error]
}
const GRANT = [400, 'invalid_grant']
const OK = [200, undefined]

describe('what a code is bound to (RFC 6749 §4.1.3, RFC 9700 §2.1.1)', () => {
  it.each([
    ['another redirect_uri', { redirect_uri: 'https://app.example/other' }, GRANT],
    ['no verifier (downgrade)', { code_verifier: LEFT_OUT }, GRANT],
    ['another verifier', { code_verifier: 'x'.repeat(43) }, GRANT],
    ['a verifier that is none (RFC 7636 §4.1)', { code_verifier: 'x' }, GRANT],
    ['the challenge instead of the verifier', { code_verifier: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' }, GRANT],
    ['a resource that was not granted (RFC 8707 §2.2)', { resource: 'https://other.example' }, [400, 'invalid_target']],
    ['a code that is none', { code: 'tra_nothing' }, GRANT],
  ])('%s is refused, and spends it not', async (_what, changes, refused) => {
    const code = await rig.code(app, browser)
    expect(await errorOf(rig.redeem(app, code, changes as Record<string, string>))).toEqual(refused)
    expect(await errorOf(rig.redeem(app, code))).toEqual(OK)
  })

  it('the redirect_uri need not be sent again (OAuth 2.1)', async () => {
    const code = await rig.code(app, browser)
    expect(await errorOf(rig.redeem(app, code, { redirect_uri: LEFT_OUT }))).toEqual(OK)
  })

  it('another client gets nothing for it, and spends it not (Pocket ID CVE-2026-28513)', async () => {
    const [code, other] = [await rig.code(app, browser), await rig.client()]
    expect(await errorOf(rig.redeem(other, code))).toEqual(GRANT)
    expect(await errorOf(rig.redeem(app, code))).toEqual(OK)
  })

  it('a verifier to a code without a challenge is refused: somebody took it out of the request (RFC 9700 §4.8.2)', async () => {
    const lax = await rig.client({ require_pkce: false, token_endpoint_auth_method: 'client_secret_post' })
    const withoutChallenge = { code_challenge: LEFT_OUT, code_challenge_method: LEFT_OUT }
    const code = await rig.code(lax, browser, withoutChallenge)
    expect(await errorOf(rig.redeem(lax, code))).toEqual(GRANT)
    expect(await errorOf(rig.redeem(lax, code, { code_verifier: LEFT_OUT }))).toEqual(OK)
  })

  it('lives 60 s (ASVS 5.0, 10.4.3)', async () => {
    const [young, old] = [await rig.code(app, browser), await rig.code(app, browser)]
    await rig.test.shift(58)
    expect(await errorOf(rig.redeem(app, young))).toEqual(OK)
    await rig.test.shift(61)
    expect(await errorOf(rig.redeem(app, old))).toEqual(GRANT)
  })

  it('is worth nothing once the person is disabled', async () => {
    const { browser: theirs, person } = await rig.person()
    const code = await rig.code(app, theirs)
    await rig.people.disable(person)
    expect(await errorOf(rig.redeem(app, code))).toEqual(GRANT)
  })
})

describe('a code that comes twice (RFC 6749 §4.1.2, §10.5; ASVS 5.0, 10.4.2)', () => {
  const works = async (token: string) => (await rig.authorization.tokens.verifyAccessToken(token)) !== undefined

  it('is refused, and what was issued for it is revoked', async () => {
    const code = await rig.code(app, browser)
    const { body } = await rig.redeem(app, code)
    expect(await works(body.access_token)).toBe(true)
    expect(await errorOf(rig.redeem(app, code))).toEqual(GRANT)
    await expect.poll(() => works(body.access_token)).toBe(false)
    expect(await errorOf(rig.refresh(app, body.refresh_token))).toEqual(GRANT)
  })

  it('also when it is over, or comes from somebody else', async () => {
    const code = await rig.code(app, browser)
    const { body } = await rig.redeem(app, code)
    await rig.test.shift(120)
    expect(await errorOf(rig.redeem(await rig.client(), code))).toEqual(GRANT)
    expect(await errorOf(rig.refresh(app, body.refresh_token))).toEqual(GRANT)
  })

  it('200 at the same time: one success, and then revoked tokens', async () => {
    const code = await rig.code(app, browser)
    const answers = await Promise.all(Array.from({ length: 200 }, () => rig.redeem(app, code)))
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    expect(new Set(answers.map(({ body }) => body.error))).toEqual(new Set([undefined, 'invalid_grant']))
    const [{ body } = { body: undefined }] = won
    await expect.poll(() => works(body?.access_token ?? '')).toBe(false)
    expect(await errorOf(rig.refresh(app, body?.refresh_token ?? ''))).toEqual(GRANT)
  })

  it('the others of the same person and client go on', async () => {
    const [one, two] = [await rig.tokens(app), await rig.tokens(app)]
    const code = await rig.code(app, one.browser)
    await rig.redeem(app, code)
    await rig.redeem(app, code)
    for (const { refresh_token: token } of [one, two]) expect(await errorOf(rig.refresh(app, token))).toEqual(OK)
  })
})

describe('tokens for a code', () => {
  const scopes = async (scope: string, of = app) => (await rig.redeem(of, await rig.code(of, browser, { scope }))).body

  it('a refresh token comes when the request is not OpenID’s, or offline_access was granted, and the client has the grant', async () => {
    const without = await rig.client({ grant_types: ['authorization_code'] })
    expect((await scopes('profile')).refresh_token).toMatch(/^trr_[\w-]{43}$/)
    expect((await scopes('openid offline_access')).refresh_token).toMatch(/^trr_/)
    expect((await scopes('openid profile')).refresh_token).toBeUndefined()
    expect((await scopes('profile', without)).refresh_token).toBeUndefined()
    expect((await scopes('profile offline_access', without)).scope).toBe('profile')
  })

  it('an ID token comes with openid, and only then', async () => {
    expect((await scopes('profile')).id_token).toBeUndefined()
    expect(claimsOf((await scopes('openid')).id_token)).toMatchObject({ aud: app.client.id })
  })

  it('aud is what was asked for, else the client’s default, else the issuer', async () => {
    const audience = async (of: TestClient, authorize: Record<string, string>, token: Record<string, string> = {}) =>
      claimsOf((await rig.redeem(of, await rig.code(of, browser, authorize), token)).body.access_token)['aud']
    const withDefault = await rig.client({ default_resource: 'https://default.example' })
    const resource = 'https://api.example'
    expect(await audience(app, {})).toBe(rig.publicUrl)
    expect(await audience(app, { resource })).toBe(resource)
    expect(await audience(withDefault, {})).toBe('https://default.example')
    expect(await audience(withDefault, { resource })).toBe(resource)
    const slash = { resource: `${rig.publicUrl}/` }
    expect(await audience(app, slash, slash)).toBe(rig.publicUrl)
  })

  it('several resources are granted together, and each may be had alone (RFC 8707 §2.2)', async () => {
    const query = `${rig.authorizePath(app)}&resource=https://a.example&resource=https://b.example`
    const code = (await rig.allow(browser, query)).get('code') ?? ''
    const { body } = await rig.redeem(app, code, { resource: 'https://b.example' })
    expect(claimsOf(body.access_token)['aud']).toBe('https://b.example')
    const next = await rig.refresh(app, body.refresh_token)
    expect(claimsOf(next.body.access_token)['aud']).toEqual(['https://a.example', 'https://b.example'])
  })
})
