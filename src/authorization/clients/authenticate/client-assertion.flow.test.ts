import { createHmac, createPublicKey, randomUUID, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'
import type { AuthorizationTables } from '../../store/tables.ts'
import {
  type Answer,
  assertion,
  assertionForm,
  CALLBACK,
  createRig,
  ISSUER,
  type KeyPair,
  keyPair,
  type Rig,
} from '../rig.fixture.ts'

let test: TestDatabase
let rig: Rig
let user: { id: string; headers: { authorization: string } }
beforeAll(async () => {
  test = await testDatabase()
  rig = await createRig(test)
})
afterAll(async () => {
  await rig.close()
  await test.close()
})

/** RFC 6749 §5.2. */
function expectRefused(answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect(answer.headers['www-authenticate']).toMatch(/^Basic /)
  expect(answer.headers['cache-control']).toBe('no-store')
}

async function client(method: string, more: object = {}) {
  user = await rig.user()
  return rig.register(user, { redirect_uris: [CALLBACK], token_endpoint_auth_method: method, ...more })
}

describe('authenticateClient with private_key_jwt (RFC 7523 §3)', () => {
  const pair = keyPair('ES256', 'one')
  const machine = { grant_types: ['client_credentials'], redirect_uris: [] }
  const withKeys = (pairs: readonly KeyPair[], more: object = {}) =>
    client('private_key_jwt', { ...machine, jwks: { keys: pairs.map(({ jwk }) => jwk) }, ...more })

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('%s', async (alg) => {
    const own = keyPair(alg, 'own')
    const { id } = await withKeys([own])
    const form = assertionForm(await assertion(id, own, { header: { kid: 'own', typ: 'JWT' } }))
    expect(await rig.whoami(form)).toMatchObject({ status: 200, body: { id } })
    const again = assertionForm(await assertion(id, own, { header: { typ: 'client-authentication+jwt' } }))
    expect((await rig.whoami({ client_id: id, ...again })).status).toBe(200)
  })

  it('the key of any of several, found by kid or without', async () => {
    const others = [keyPair('ES256', 'two'), keyPair('RS256', 'three')]
    const { id } = await withKeys([...others, pair])
    for (const header of [{}, { kid: 'one' }]) {
      expect((await rig.whoami(assertionForm(await assertion(id, pair, { header })))).status).toBe(200)
    }
    expectRefused(await rig.whoami(assertionForm(await assertion(id, pair, { header: { kid: 'two' } }))))
  })

  const now = Math.floor(Date.now() / 1000)
  it.each<[string, Record<string, unknown>]>([
    ['iss of another', { iss: 'c_other' }],
    ['no iss', { iss: undefined }],
    ['sub of another', { sub: 'c_other' }],
    ['no sub', { sub: undefined }],
    ['no aud', { aud: undefined }],
    ['aud of another server', { aud: 'https://other.example' }],
    ['aud with a slash more', { aud: `${ISSUER}/` }],
    ['aud with ours second', { aud: ['https://other.example', ISSUER] }],
    ['aud with ours first', { aud: [ISSUER, 'https://other.example'] }],
    ['an empty aud', { aud: [] }],
    ['the token endpoint, where only the issuer is registered', { aud: `${ISSUER}/token` }],
    ['issuer and token endpoint, where only the issuer is registered', { aud: [ISSUER, `${ISSUER}/token`] }],
    ['an aud that is no text', { aud: 7 }],
    ['no exp', { exp: undefined }],
    ['an exp that is over', { exp: now - 31 }],
    ['an exp far ahead', { exp: now + 700 }],
    ['an exp beyond 2^53', { exp: 2 ** 60 }],
    ['an exp as text', { exp: `${now + 60}` }],
    ['an nbf in the future', { nbf: now + 60 }],
    ['an nbf as text', { nbf: 'now' }],
    ['an iat in the future', { iat: now + 60 }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is no text', { jti: 7 }],
    ['a long jti', { jti: 'x'.repeat(513) }],
  ])('refuses %s', async (_what, claims) => {
    const { id } = await withKeys([pair])
    expectRefused(await rig.whoami(assertionForm(await assertion(id, pair, { claims }))))
    expect((await rig.whoami(assertionForm(await assertion(id, pair)))).status).toBe(200)
  })

  it('the token endpoint as audience, where it is registered', async () => {
    const { id } = await withKeys([pair], { client_assertion_audience: 'issuer_or_token_endpoint' })
    for (const aud of [ISSUER, `${ISSUER}/token`, [`${ISSUER}/token`], [ISSUER, `${ISSUER}/token`]]) {
      expect((await rig.whoami(assertionForm(await assertion(id, pair, { claims: { aud } })))).status).toBe(200)
    }
    for (const aud of [`${ISSUER}/authorize`, [ISSUER, 'https://other.example']]) {
      expectRefused(await rig.whoami(assertionForm(await assertion(id, pair, { claims: { aud } }))))
    }
  })

  it.each<[string, Record<string, unknown>]>([
    ['crit', { crit: ['exp'] }],
    ['jku', { jku: 'https://evil.example/keys' }],
    ['x5u', { x5u: 'https://evil.example/cert' }],
    ['an embedded key', { jwk: pair.jwk }],
    ['typ of an access token', { typ: 'at+jwt' }],
    ['typ of a DPoP proof', { typ: 'dpop+jwt' }],
    ['typ that is no text', { typ: 7 }],
    ['a kid of nobody', { kid: "../../dev/null' or 1=1" }],
    ['a kid that is no text', { kid: 1 }],
  ])('refuses a header with %s (security §8)', async (_what, header) => {
    const { id } = await withKeys([pair])
    const token = await assertion(id, pair)
    const forged = signRaw(pair, { alg: 'ES256', ...header }, payloadOf(token))
    expectRefused(await rig.whoami(assertionForm(forged)))
    // The same by hand, without it, is good: what was refused was the header.
    expect((await rig.whoami(assertionForm(signRaw(pair, { alg: 'ES256' }, payloadOf(token))))).status).toBe(200)
  })

  it('refuses alg none, HS256 keyed with the public key, and a signature of zeros (security §8)', async () => {
    const { id } = await withKeys([pair])
    const good = await assertion(id, pair)
    const [, payload = ''] = good.split('.')
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const pem = createPublicKey(pair.key).export({ type: 'spki', format: 'pem' })
    const hmac = `${part({ alg: 'HS256' })}.${payload}`
    const tries = [
      `${part({ alg: 'none' })}.${payload}.`,
      `${part({ alg: 'nOnE' })}.${payload}.AA`,
      `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
      `${hmac}.${createHmac('sha256', JSON.stringify(pair.jwk)).update(hmac).digest('base64url')}`,
      `${part({ alg: 'ES256' })}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
      `${good}=`,
      `${good}.${payload}`,
      good.replace('.', '..'),
      `${good.slice(0, -8)}AAAAAAAA`,
      good.split('.').slice(0, 2).join('.'),
      `${'x'.repeat(20_000)}.${payload}.AA`,
    ]
    for (const token of tries) {
      const answer = await rig.whoami(assertionForm(token))
      expect([400, 401]).toContain(answer.status)
      expect(answer.body).not.toHaveProperty('id')
    }
    expect((await rig.whoami(assertionForm(good))).status).toBe(200)
  })

  it('one key for one algorithm: ES256 with an RSA key registered, PS256 where RS256 is', async () => {
    const rsa = keyPair('RS256')
    const { id } = await withKeys([rsa])
    expectRefused(await rig.whoami(assertionForm(await assertion(id, pair))))
    const bound = await withKeys([rsa], { token_endpoint_auth_signing_alg: 'RS256' })
    expectRefused(await rig.whoami(assertionForm(await assertion(bound.id, { ...rsa, alg: 'PS256' }))))
    expect((await rig.whoami(assertionForm(await assertion(bound.id, rsa)))).status).toBe(200)
    const marked = await withKeys([{ ...rsa, jwk: { ...rsa.jwk, alg: 'PS256' } }])
    expectRefused(await rig.whoami(assertionForm(await assertion(marked.id, rsa))))
    const forEncryption = await withKeys([{ ...rsa, jwk: { ...rsa.jwk, use: 'enc' } }])
    expectRefused(await rig.whoami(assertionForm(await assertion(forEncryption.id, rsa))))
  })

  it('a jti works once, in any process, also when 100 send it at once (point 7; Hydra GHSA-3p3g-vpw6-4w66)', async () => {
    const second = await createRig(test)
    const { id } = await withKeys([pair])
    const form = assertionForm(await assertion(id, pair))
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 ? rig : second).whoami(form)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer)
    await second.close()
  })

  it('a jti is remembered until its assertion has ended, and is each client’s own', async () => {
    const one = await withKeys([pair])
    const two = await withKeys([pair])
    const jti = randomUUID()
    expect((await rig.whoami(assertionForm(await assertion(one.id, pair, { claims: { jti } })))).status).toBe(200)
    expect((await rig.whoami(assertionForm(await assertion(two.id, pair, { claims: { jti } })))).status).toBe(200)
    await rig.clients.prune()
    expectRefused(await rig.whoami(assertionForm(await assertion(one.id, pair, { claims: { jti } }))))
    const kept = () =>
      test.database
        .tables<AuthorizationTables>()
        .selectFrom('tinyoauth_assertion')
        .selectAll()
        .where('client_id', '=', one.id)
        .execute()
    expect(await kept()).toHaveLength(1)
    await test.shift(60 + 90)
    await rig.clients.prune()
    expect(await kept()).toHaveLength(0)
    await test.shift(0)
  })

  it('an assertion that does not verify uses no jti up', async () => {
    const { id } = await withKeys([pair])
    const jti = randomUUID()
    const stranger = keyPair('ES256')
    expectRefused(await rig.whoami(assertionForm(await assertion(id, stranger, { claims: { jti } }))))
    expect((await rig.whoami(assertionForm(await assertion(id, pair, { claims: { jti } })))).status).toBe(200)
  })

  it('the type is the one of RFC 7523 §2.2, and client_id the same', async () => {
    const { id } = await withKeys([pair])
    const token = await assertion(id, pair)
    expectRefused(await rig.whoami({ client_id: id, client_assertion: token }))
    expectRefused(await rig.whoami({ client_assertion: token, client_assertion_type: 'urn:ietf:params:oauth:jwt' }))
    expectRefused(await rig.whoami({ client_assertion_type: assertionForm('')['client_assertion_type'] ?? '' }))
    expectRefused(await rig.whoami({ ...assertionForm(token), client_id: 'c_other' }))
    expect((await rig.whoami({ ...assertionForm(token), client_id: id })).status).toBe(200)
  })

  it('a client with a secret cannot sign instead', async () => {
    const { id } = await client('client_secret_basic', { jwks: { keys: [pair.jwk] } })
    expectRefused(await rig.whoami(assertionForm(await assertion(id, pair))))
  })

  it.each(['', 'a', 'a.b', 'a.b.c', '..', `${'a'.repeat(9000)}.b.c`, 'e30.e30.e30', 'e30.bnVsbA.e30', 'e30.W10.e30'])(
    'an assertion that is none: %s',
    async (token) => expectRefused(await rig.whoami({ client_id: 'c_x', ...assertionForm(token), grant_type: 'x' })),
  )
})

function payloadOf(token: string): string {
  return token.split('.')[1] ?? ''
}

/** Past the library, which would not sign some of these headers. The `jti` is renewed. */
function signRaw(pair: KeyPair, header: object, payload: string): string {
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), jti: randomUUID() }
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = sign('sha256', Buffer.from(input), { key: pair.key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
