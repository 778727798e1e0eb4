import { createHash } from 'node:crypto'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const confidential = { token_endpoint_auth_method: 'client_secret_post' }
const jwks = () => createRemoteJWKSet(new URL(`${rig.publicUrl}/jwks`))

describe('access tokens (RFC 9068)', () => {
  it('§2.1, §2.2: typ at+jwt, ES256, and the claims of the table, by a key of the JWKS', async () => {
    const app = await rig.client()
    const { access_token: token, person, expires_in: expiresIn } = await rig.tokens(app, { scope: 'openid profile' })
    const { payload, protectedHeader } = await jwtVerify(token, jwks(), {
      issuer: rig.publicUrl,
      audience: rig.publicUrl,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
    })
    expect(protectedHeader.kid).toBeDefined()
    expect(payload).toMatchObject({ sub: person.publicId, client_id: app.client.id, scope: 'openid profile' })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600)
    expect(expiresIn).toBe(600)
    // §2.2.1, about the sign-in.
    expect(payload).toMatchObject({ auth_time: expect.any(Number), amr: ['pwd'], acr: 'urn:trivet:acr:1fa' })
  })

  it('§2.2: sub is the client itself where there is no user, and nothing is said of a sign-in', async () => {
    const app = await rig.client({ ...confidential, grant_types: ['client_credentials'], redirect_uris: undefined })
    const { body } = await rig.token(app, { grant_type: 'client_credentials' })
    const claims = claimsOf(body.access_token)
    expect(claims).toMatchObject({ sub: app.client.id, client_id: app.client.id })
    for (const name of ['auth_time', 'amr', 'acr', 'sid']) expect(claims).not.toHaveProperty(name)
  })

  it('§2.2: jti differs in every token; nothing personal is in one', async () => {
    const app = await rig.client()
    const all = [await rig.tokens(app), await rig.tokens(app)]
    expect(new Set(all.map((one) => claimsOf(one.access_token)['jti'])).size).toBe(2)
    for (const { access_token: token, person } of all) {
      expect(JSON.stringify(claimsOf(token))).not.toContain(person.username)
      expect(JSON.stringify(claimsOf(token))).not.toContain(person.id)
    }
  })

  it('RFC 8707 §2: aud is the resource that was asked for', async () => {
    const { access_token: token } = await rig.tokens(await rig.client(), { resource: 'https://api.example/v1' })
    expect(claimsOf(token)['aud']).toBe('https://api.example/v1')
  })
})

describe('ID tokens (OpenID Connect Core §2)', () => {
  it('carry iss, sub, aud, exp, iat, nonce, auth_time, acr, amr, sid and at_hash (§3.1.3.6)', async () => {
    const app = await rig.client()
    const made = await rig.tokens(app, { scope: 'openid profile', nonce: 'n-0S6_WzA2Mj' })
    const { payload } = await jwtVerify(made.id_token, jwks(), { issuer: rig.publicUrl, audience: app.client.id })
    const half = createHash('sha256').update(made.access_token).digest().subarray(0, 16).toString('base64url')
    expect(payload).toMatchObject({
      sub: made.person.publicId,
      nonce: 'n-0S6_WzA2Mj',
      at_hash: half,
      amr: ['pwd'],
      acr: 'urn:trivet:acr:1fa',
      auth_time: expect.any(Number),
      sid: expect.any(String),
    })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600)
  })

  it('§5.4: claims of scopes come from userinfo, not in here', async () => {
    const { id_token: token } = await rig.tokens(await rig.client(), { scope: 'openid profile' })
    expect(claimsOf(token)).not.toHaveProperty('preferred_username')
  })

  it('§5.5: but those that the claims parameter asks for do, and none of the protocol can be had that way', async () => {
    const asked = {
      preferred_username: null,
      sub: null,
      iss: null,
      aud: { value: 'x' },
      nickname: { essential: true },
    }
    const { id_token: token, person } = await rig.tokens(await rig.client(), {
      scope: 'openid profile',
      claims: JSON.stringify({ id_token: asked }),
    })
    expect(claimsOf(token)).toMatchObject({
      preferred_username: person.username,
      sub: person.publicId,
      iss: rig.publicUrl,
    })
    expect(claimsOf(token)).not.toHaveProperty('nickname')
  })

  it('§5.5: never beyond the scopes that the person read before allowing them', async () => {
    const asked = { preferred_username: { essential: true }, email: { essential: true }, address: null }
    const { id_token: token } = await rig.tokens(await rig.client(), {
      scope: 'openid email',
      claims: JSON.stringify({ id_token: asked }),
    })
    for (const name of ['preferred_username', 'address']) expect(claimsOf(token)).not.toHaveProperty(name)
  })

  it('§5.5.1: a claim that is wanted with another value is left out', async () => {
    const asked = { updated_at: { value: 1 }, preferred_username: { values: ['a', 'b'] } }
    const { id_token: token } = await rig.tokens(await rig.client(), {
      scope: 'openid profile',
      claims: JSON.stringify({ id_token: asked }),
    })
    expect(claimsOf(token)).not.toHaveProperty('updated_at')
    expect(claimsOf(token)).not.toHaveProperty('preferred_username')
  })

  it.each([undefined, 'RS256', 'ES256'] as const)('§15.1: RS256 unless the client registered %s', async (alg) => {
    const app = await rig.client(alg === undefined ? {} : { id_token_signed_response_alg: alg })
    const { id_token: token } = await rig.tokens(app, { scope: 'openid' })
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: alg ?? 'RS256', typ: 'JWT' })
    await jwtVerify(token, jwks(), { audience: app.client.id })
  })
})

describe('a token opens its own door only (security test lines §8, §11.3)', () => {
  it('an ID token, a refresh token, a code, or one of ours of another type is no access token', async () => {
    const app = await rig.client()
    const made = await rig.tokens(app, { scope: 'openid offline_access profile', prompt: 'consent' })
    const { browser } = made
    const seconds = Math.floor(Date.now() / 1000)
    const claims = { ...claimsOf(made.access_token), iat: seconds, exp: seconds + 60 }
    const others = await Promise.all(
      ['login+jwt', 'logout+jwt', 'JWT', 'token-introspection+jwt'].map((typ) =>
        rig.signer.sign(claims, { typ, alg: 'ES256' }),
      ),
    )
    const { tokens } = rig.authorization
    expect(await tokens.verifyAccessToken(made.access_token)).toBeDefined()
    const code = await rig.code(app, browser)
    for (const token of [made.id_token, made.refresh_token, code, ...others]) {
      expect(await tokens.verifyAccessToken(token), token).toBeUndefined()
      expect((await fetch(`${rig.publicUrl}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(
        401,
      )
    }
    // Right type, but RS256, which access tokens never are.
    expect(
      await tokens.verifyAccessToken(await rig.signer.sign(claims, { typ: 'at+jwt', alg: 'RS256' })),
    ).toBeUndefined()
  })

  it('an access token for audience A is none for B', async () => {
    const { access_token: token } = await rig.tokens(await rig.client(), { resource: 'https://a.example/' })
    const { tokens } = rig.authorization
    expect(await tokens.verifyAccessToken(token, 'https://a.example/')).toBeDefined()
    expect(await tokens.verifyAccessToken(token, 'https://b.example/')).toBeUndefined()
    expect(await tokens.verifyAccessToken(token, rig.publicUrl)).toBeUndefined()
  })

  it('tokens of a client that is switched off or gone are dead at once', async () => {
    const { clients, tokens } = rig.authorization
    const [off, gone] = [await rig.client(), await rig.client()]
    const [a, b] = [(await rig.tokens(off)).access_token, (await rig.tokens(gone)).access_token]
    await clients.setState(off.client.id, { isDisabled: true })
    await clients.remove(gone.client.id)
    expect(await tokens.verifyAccessToken(a)).toBeUndefined()
    expect(await tokens.verifyAccessToken(b)).toBeUndefined()
  })

  it('an ID token that has ended is still a hint; one of another issuer, or an access token, is none', async () => {
    const app = await rig.client()
    const made = await rig.tokens(app, { scope: 'openid' })
    const { readIdTokenHint } = rig.authorization.tokens
    const claims = { ...claimsOf(made.id_token), iat: 1_600_000_000, exp: 1_600_000_600 }
    const sign = (change: object, typ = 'JWT') => rig.signer.sign({ ...claims, ...change }, { typ, alg: 'RS256' })
    const { sid } = claimsOf(made.id_token)
    expect(await readIdTokenHint(made.id_token)).toEqual({ sub: made.person.publicId, aud: app.client.id, sid })
    expect(await readIdTokenHint(await sign({}))).toMatchObject({ sub: made.person.publicId })
    expect(await readIdTokenHint(await sign({ iss: 'https://other.example' }))).toBeUndefined()
    expect(await readIdTokenHint(await sign({ aud: ['a', 'b'] }))).toBeUndefined()
    expect(await readIdTokenHint(await sign({}, 'logout+jwt'))).toBeUndefined()
    expect(await readIdTokenHint(made.access_token)).toBeUndefined()
    expect(await readIdTokenHint('x')).toBeUndefined()
  })
})
