import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

const tokenOf = async (username: string) => String((await town.login(username)).json['token'])
const speaksFor = async (token: string, scheme = 'Bearer') =>
  JSON.parse((await town.visitor({ authorization: `${scheme} ${token}` }).get('/bearer')).body).user?.username

const decode = (token: string, part: 0 | 1) =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString())
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('the login token', () => {
  it('is a JWT of its own type for us alone: 15 minutes, client trivet-login, scope trivet:login', async () => {
    const user = await town.user()
    const token = await tokenOf(user.username)
    expect(decode(token, 0)).toMatchObject({ typ: 'login+jwt', alg: 'ES256', kid: expect.any(String) })
    const claims = decode(token, 1)
    expect(claims).toMatchObject({
      iss: town.publicUrl,
      aud: town.publicUrl,
      sub: user.publicId,
      client_id: 'trivet-login',
      scope: 'trivet:login',
      amr: ['pwd'],
      jti: expect.any(String),
    })
    expect(claims.exp - claims.iat).toBe(900)
    expect(claims.auth_time).toBe(claims.iat)
    expect(JSON.stringify(claims)).not.toContain(user.id)
  })

  it('speaks for the user, by the scheme in any case (RFC 9110 §11.1)', async () => {
    const { username } = await town.user()
    const token = await tokenOf(username)
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) expect(await speaksFor(token, scheme)).toBe(username)
    for (const scheme of ['Basic', 'DPoP', 'Bearerx', 'Token']) expect(await speaksFor(token, scheme)).toBeUndefined()
  })

  it('a cookie beside it is not looked at (decision "CSRF")', async () => {
    const [ana, bo] = [await town.user(), await town.user()]
    const browser = await town.signedIn(ana.username)
    const headers = { authorization: `Bearer ${await tokenOf(bo.username)}` }
    expect(JSON.parse((await browser.get('/who', headers)).body).caller).toBe(null)
    expect(JSON.parse((await browser.get('/bearer', headers)).body).user.username).toBe(bo.username)
    // Nor when the token is none: no fallback to the cookie.
    const broken = await browser.get('/api/account', { authorization: 'Bearer nonsense', accept: 'application/json' })
    expect(broken.status).toBe(401)
  })

  it('dies at logout', async () => {
    const { username } = await town.user()
    const token = await tokenOf(username)
    const browser = await town.signedIn(username)
    expect(await speaksFor(token)).toBe(username)
    await browser.submit('/logout', {}, '/logout')
    expect(await speaksFor(token)).toBeUndefined()
    expect(await speaksFor(await tokenOf(username))).toBe(username)
  })

  it('dies at a change of password', async () => {
    const { username } = await town.user()
    const token = await tokenOf(username)
    const browser = await town.signedIn(username)
    const fields = { current_password: PASSWORD, new_password: 'lamp river tuesday' }
    expect((await browser.submit('/account/password', fields)).status).toBe(303)
    expect(await speaksFor(token)).toBeUndefined()
  })

  it.each(['disabled_at', 'erasing_at'] as const)('dies with the user (%s)', async (state) => {
    const user = await town.user()
    const token = await tokenOf(user.username)
    await town.tables
      .updateTable('user_account')
      .set({ [state]: new Date() })
      .where('id', '=', user.id)
      .execute()
    expect(await speaksFor(token)).toBeUndefined()
    expect(await town.accounts.user(user.id)).toBeUndefined()
    expect(await town.accounts.userByPublicId(user.publicId)).toBeUndefined()
  })
})

describe('no other token opens its doors (security §8, §11.3)', () => {
  it.each([
    ['access token', { typ: 'at+jwt', alg: 'ES256' }],
    ['ID token', { typ: 'JWT', alg: 'RS256' }],
    ['logout token', { typ: 'logout+jwt', alg: 'RS256' }],
    ['introspection answer', { typ: 'token-introspection+jwt', alg: 'ES256' }],
    ['type in other letters', { typ: 'LOGIN+JWT', alg: 'ES256' }],
    ['type with application/', { typ: 'application/login+jwt', alg: 'ES256' }],
    ['key for ID tokens', { typ: 'login+jwt', alg: 'RS256' }],
  ] as const)('%s of ours with the very claims of a login token', async (_title, header) => {
    const claims = decode(await tokenOf((await town.user()).username), 1)
    expect(await speaksFor(await town.signer.sign(claims, header))).toBeUndefined()
  })

  it.each([
    ['another client', { client_id: 'c_app' }],
    ['no client', { client_id: undefined }],
    ['another scope', { scope: 'openid' }],
    ['more scopes', { scope: 'trivet:login openid' }],
    ['another audience', { aud: 'https://api.example' }],
    ['several audiences', { aud: ['https://api.example', 'ISSUER'] }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['an older epoch', { epoch: -1 }],
    ['no epoch', { epoch: undefined }],
    ['an epoch as text', { epoch: '0' }],
    ['nobody', { sub: 'u_nobody' }],
    ['a list as sub', { sub: ['u_x'] }],
    ['a time that is over', { exp: 1_700_000_000 }],
    ['a time as text', { exp: '9999999999' }],
    ['a time beyond 2^53', { exp: 2 ** 60 }],
  ])('a login token signed by us for %s', async (_title, change) => {
    const claims = decode(await tokenOf((await town.user()).username), 1)
    const changed = JSON.parse(
      JSON.stringify({ ...claims, ...change }).replace('"ISSUER"', JSON.stringify(town.publicUrl)),
    )
    expect(await speaksFor(await town.signer.sign(changed, { typ: 'login+jwt', alg: 'ES256' }))).toBeUndefined()
  })

  it('one signed by somebody else, by nobody, or with our public key as a secret', async () => {
    const token = await tokenOf((await town.user()).username)
    const [header, claims] = [decode(token, 0), decode(token, 1)]
    const body = encode(claims)
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const signed = (head: object) => {
      const input = `${encode(head)}.${body}`
      return `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    }
    const hmac = `${encode({ ...header, alg: 'HS256' })}.${body}`
    const jwk = town.signer.jwks().keys.find(({ kid }) => kid === header.kid)
    const forged = [
      signed(header),
      signed({ ...header, jwk: publicKey.export({ format: 'jwk' }) }),
      signed({ ...header, jku: 'https://evil.example/jwks' }),
      `${encode({ ...header, alg: 'none' })}.${body}.`,
      `${encode({ ...header, alg: 'nOnE' })}.${body}.`,
      `${hmac}.${createHmac('sha256', JSON.stringify(jwk)).update(hmac).digest('base64url')}`,
      `${encode(header)}.${body}.${Buffer.alloc(64).toString('base64url')}`,
      `${token}=`,
      token.slice(0, -1),
      `${token} ${token}`,
      '',
    ]
    for (const one of forged) expect(await speaksFor(one), one.slice(0, 60)).toBeUndefined()
    expect(await speaksFor(token)).toBeDefined()
  })
})

describe('use of a login token', () => {
  it('moves the operation time and marks as online, at most once a minute', async () => {
    const user = await town.user()
    const token = await tokenOf(user.username)
    const first = await town.row(user.id)
    await speaksFor(token)
    expect((await town.row(user.id)).operated_at).toEqual(first.operated_at)
    await town.shift(120)
    await speaksFor(token)
    const later = await town.row(user.id)
    expect(later.operated_at.getTime()).toBeGreaterThan(first.operated_at.getTime() + 100_000)
    expect(Number(later.online_until)).toBe(later.operated_at.getTime() + 300_000)
    await town.shift(0)
  })
})
