import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { CompactEncrypt, exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, type TestDatabase, testDatabase } from '#testing'
import { createEnvelope } from '../envelope.ts'
import { parseKeyring } from '../keyring.ts'
import { listKeys, type SigningAlg, type SigningKeyTables } from '../store/signing-key.ts'
import { sealedPlace } from './key.ts'
import { createSigner, type Signer, type VerifyOptions } from './signer.ts'

// Security test lines §8, §9 rows 20 and 24, §11.10. Wherever it can be, the forged token bears a right signature of our
// own key: only the rule that a line names stands between it and being taken.

const ISSUER = 'https://trivet.example'
const NOW = Math.floor(Date.now() / 1000)
const CLAIMS = { iss: ISSUER, aud: ISSUER, sub: 'u_1', iat: NOW, exp: NOW + 600 }
const EXPECTED: VerifyOptions = { typ: 'at+jwt', issuer: ISSUER, audience: ISSUER }
const envelope = createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`))

let test: TestDatabase
let signer: Signer
/** The private keys of the signer, which nobody outside has. */
const stolen = new Map<SigningAlg, { kid: string; key: KeyObject }>()
const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const attackerRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

beforeAll(async () => {
  test = await testDatabase()
  signer = createSigner({ database: test.database, envelope, clock: { now: () => new Date() }, log: silentLog })
  await signer.start()
  for (const row of await listKeys(test.database.tables<SigningKeyTables>(), 'token')) {
    const jwk = JSON.parse(envelope.open(row.sealed, sealedPlace(row)).reveal())
    stolen.set(row.alg, { kid: row.kid, key: createPrivateKey({ key: jwk, format: 'jwk' }) })
  }
})
afterAll(async () => {
  signer.close()
  await test.close()
})

const b64 = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const our = (alg: SigningAlg) => stolen.get(alg) ?? { kid: '', key: attacker.privateKey }
const seal = (input: string, key: KeyObject) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')

/** A token with a right signature of our own ES256 key, over whatever header and payload. */
function signed(header: object | string, payload: object | string = CLAIMS, key = our('ES256').key): string {
  const input = `${b64(header)}.${b64(payload)}`
  return `${input}.${seal(input, key)}`
}
const header = (more: object = {}) => ({ alg: 'ES256', typ: 'at+jwt', kid: our('ES256').kid, ...more })
const verify = (token: string, options: Partial<VerifyOptions> = {}) =>
  signer.verify(token, { ...EXPECTED, ...options })

it('the forge of this file works: a token that is right in all respects is taken', async () => {
  expect(await verify(signed(header()))).toEqual(CLAIMS)
})

describe('RFC 8725 §3.1: the algorithm is ours to choose', () => {
  it.each(['none', 'nOnE', 'None', 'NONE', ''])('alg %j without a signature', async (alg) => {
    const unsigned = `${b64(header({ alg }))}.${b64(CLAIMS)}`
    for (const token of [`${unsigned}.`, unsigned, `${unsigned}.${seal(unsigned, our('ES256').key)}`]) {
      expect(await verify(token)).toBeUndefined()
    }
  })

  it.each(['HS256', 'HS384', 'HS512'])('%s with a public key of the JWKS as the secret', async (alg) => {
    const { kid, key } = our('RS256')
    const spki = createPublicKey(key)
    const secrets = [
      JSON.stringify(signer.jwks().keys.find((one) => one.kid === kid)),
      (await exportJWK(key)).n ?? '',
      spki.export({ type: 'spki', format: 'pem' }).toString(),
      spki.export({ type: 'spki', format: 'pem' }).toString().trim(),
      spki.export({ type: 'pkcs1', format: 'pem' }).toString(),
      '',
    ]
    for (const secret of secrets) {
      const input = `${b64({ alg, typ: 'at+jwt', kid })}.${b64(CLAIMS)}`
      const mac = createHmac(`sha${alg.slice(2)}`, secret)
        .update(input)
        .digest('base64url')
      expect(await verify(`${input}.${mac}`)).toBeUndefined()
    }
  })

  it('a key of one kind under the name of the other', async () => {
    const input = `${b64(header({ alg: 'RS256' }))}.${b64(CLAIMS)}`
    expect(await verify(`${input}.${seal(input, our('ES256').key)}`)).toBeUndefined()
    expect(await verify(signed({ ...header(), kid: our('RS256').kid }))).toBeUndefined()
  })

  it('an algorithm of ours that is not in the list of this place', async () => {
    const token = await signer.sign(CLAIMS, { typ: 'at+jwt', alg: 'RS256' })
    expect(await verify(token)).toBeDefined()
    expect(await verify(token, { alg: ['ES256'] })).toBeUndefined()
    expect(await verify(token, { alg: [] })).toBeUndefined()
  })

  it.each(['ES256K', 'ES384', 'PS256', 'EdDSA', 'RS1', 'ES256 ', 'es256'])('alg %j, signed by our key', async (alg) => {
    expect(await verify(signed(header({ alg })))).toBeUndefined()
  })
})

describe('signatures', () => {
  it('all zero (CVE-2022-21449, "psychic signatures"), and R or S zero or beyond the order', async () => {
    const input = `${b64(header())}.${b64(CLAIMS)}`
    const good = Buffer.from(seal(input, our('ES256').key), 'base64url')
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
    const zero = Buffer.alloc(32)
    for (const bytes of [
      Buffer.alloc(64),
      Buffer.alloc(64, 0xff),
      Buffer.concat([zero, good.subarray(32)]),
      Buffer.concat([good.subarray(0, 32), zero]),
      Buffer.concat([order, order]),
    ]) {
      expect(await verify(`${input}.${bytes.toString('base64url')}`)).toBeUndefined()
    }
  })

  it('of another length, in DER, cut, or with bytes behind', async () => {
    const input = `${b64(header())}.${b64(CLAIMS)}`
    const good = Buffer.from(seal(input, our('ES256').key), 'base64url')
    for (const bytes of [
      sign('sha256', Buffer.from(input), our('ES256').key),
      good.subarray(0, 63),
      Buffer.concat([good, Buffer.alloc(1)]),
      Buffer.concat([good, good]),
      Buffer.alloc(1),
    ]) {
      expect(await verify(`${input}.${bytes.toString('base64url')}`)).toBeUndefined()
    }
  })

  it('of somebody else under our kid, ES256 and RS256', async () => {
    expect(await verify(signed(header(), CLAIMS, attacker.privateKey))).toBeUndefined()
    const input = `${b64({ alg: 'RS256', typ: 'at+jwt', kid: our('RS256').kid })}.${b64(CLAIMS)}`
    const forged = sign('sha256', Buffer.from(input), attackerRsa.privateKey).toString('base64url')
    expect(await verify(`${input}.${forged}`)).toBeUndefined()
  })

  it('over another payload: claims exchanged after signing', async () => {
    const [head, , signature] = signed(header()).split('.')
    expect(await verify(`${head}.${b64({ ...CLAIMS, sub: 'u_2' })}.${signature}`)).toBeUndefined()
  })
})

describe('the header picks a key and nothing else', () => {
  it.each([
    '../../../../dev/null',
    '/etc/passwd',
    "' or 1=1 --",
    "x'; drop table trivet.signing_key; --",
    'a\0b',
    '\ud800',
    '__proto__',
    'constructor',
    '',
    'x'.repeat(5000),
  ])('kid %#: a path, SQL, NUL, half a character, a name of every object, nothing, a long one', async (kid) => {
    expect(await verify(signed(header({ kid })))).toBeUndefined()
    expect((await listKeys(test.database.tables<SigningKeyTables>(), 'token')).length).toBe(2)
  })

  it.each([undefined, null, 1, {}, [], true])('kid %j: missing, or no text', async (kid) => {
    expect(await verify(signed(header({ kid })))).toBeUndefined()
  })

  it.each([
    ['jwk', { kty: 'EC' }],
    ['jku', 'https://evil.example/jwks'],
    ['x5u', 'https://evil.example/cert'],
    ['x5c', ['MIIB']],
    ['x5t', 'abc'],
  ])('%s in the header, the rest as we would write it (RFC 8725 §3.10)', async (name, value) => {
    expect(await verify(signed(header({ [name]: value })))).toBeUndefined()
  })

  it('with the own key in `jwk`', async () => {
    const jwk = await exportJWK(attacker.publicKey)
    for (const kid of [our('ES256').kid, 'mine', undefined]) {
      expect(await verify(signed(header({ jwk, kid }), CLAIMS, attacker.privateKey))).toBeUndefined()
    }
  })

  it.each([[['exp']], [['b64']], [['unknown']], [[]], ['exp'], [null]])(
    'crit %j: we understand no extension (RFC 7515 §4.1.11)',
    async (crit) => {
      expect(await verify(signed(header({ crit, b64: true, unknown: 1 })))).toBeUndefined()
      expect(await verify(signed(header({ crit })))).toBeUndefined()
    },
  )

  it('b64 false (RFC 7797)', async () => {
    const head = b64(header({ b64: false, crit: ['b64'] }))
    const token = `${head}.${b64(CLAIMS)}.${seal(`${head}.${JSON.stringify(CLAIMS)}`, our('ES256').key)}`
    expect(await verify(token)).toBeUndefined()
  })

  it('members twice, in another order, or with spaces: not as we write it', async () => {
    const { kid } = our('ES256')
    for (const text of [
      `{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"${kid}"}`,
      `{"alg":"ES256","typ":"at+jwt","kid":"${kid}","kid":"${kid}"}`,
      `{"typ":"at+jwt","alg":"ES256","kid":"${kid}"}`,
      `{"alg":"ES256", "typ":"at+jwt","kid":"${kid}"}`,
      `\ufeff{"alg":"ES256","typ":"at+jwt","kid":"${kid}"}`,
    ]) {
      expect(await verify(signed(text)), text).toBeUndefined()
    }
  })

  it.each(['null', '[]', '""', '1', '{', '', '{}', '{"__proto__":{"alg":"ES256"}}'])('is %s', async (text) => {
    expect(await verify(signed(text))).toBeUndefined()
  })
})

describe('each type at its place (RFC 8725 §3.11, 9068 §4)', () => {
  const TYPES = [
    'at+jwt',
    'JWT',
    'login+jwt',
    'logout+jwt',
    'dpop+jwt',
    'oauth-authz-req+jwt',
    'token-introspection+jwt',
  ]

  it.each(TYPES)('%s opens no door but its own', async (typ) => {
    const token = await signer.sign(CLAIMS, { typ, alg: 'ES256' })
    for (const place of TYPES) {
      expect((await verify(token, { typ: place })) !== undefined, `${typ} at ${place}`).toBe(typ === place)
    }
  })

  it.each([undefined, null, '', 'AT+JWT', 'application/at+jwt', 'at+jwt ', 'at', ['at+jwt']])(
    'typ %j: missing, or written in another way than ours',
    async (typ) => {
      expect(await verify(signed(header({ typ })))).toBeUndefined()
    },
  )
})

describe('claims (RFC 7519 §4.1), in tokens that we signed ourselves', () => {
  it.each([
    ['iss of another issuer', { iss: 'https://evil.example' }],
    ['iss with a slash behind', { iss: `${ISSUER}/` }],
    ['iss as a list', { iss: [ISSUER] }],
    ['iss missing', { iss: undefined }],
    ['aud of another route', { aud: 'https://other.example' }],
    ['aud that begins with ours', { aud: `${ISSUER}.evil.example` }],
    ['aud missing', { aud: undefined }],
    ['aud empty', { aud: [] }],
    ['aud an object', { aud: { 0: ISSUER } }],
    ['aud with something that is no text', { aud: [ISSUER, 1] }],
    ['sub a number', { sub: 1 }],
    ['exp over', { exp: NOW - 1 }],
    ['exp this second', { exp: NOW }],
    ['exp missing', { exp: undefined }],
    ['exp a text', { exp: String(NOW + 600) }],
    ['exp a text in a list', { exp: [NOW + 600] }],
    ['exp a fraction', { exp: NOW + 600.5 }],
    ['exp beyond 2^53', { exp: 2 ** 53 + 2 }],
    ['exp huge', { exp: 1e300 }],
    ['exp null', { exp: null }],
    ['exp true', { exp: true }],
    ['exp negative', { exp: -1 }],
    ['nbf in the future', { nbf: NOW + 120 }],
    ['nbf a text', { nbf: '0' }],
    ['iat in the future', { iat: NOW + 120 }],
    ['iat missing', { iat: undefined }],
    ['iat a text', { iat: String(NOW) }],
  ])('%s', async (_title, change) => {
    expect(await verify(signed(header(), { ...CLAIMS, ...change }))).toBeUndefined()
  })

  it('exp as Infinity, by a number that is none in JSON', async () => {
    expect(await verify(signed(header(), JSON.stringify(CLAIMS).replace(`${NOW + 600}`, '1e999')))).toBeUndefined()
  })

  it('aud as a list with ours second is for us', async () => {
    expect(await verify(signed(header(), { ...CLAIMS, aud: ['https://other.example', ISSUER] }))).toBeDefined()
  })

  it('without an audience to look for, any is good, and none is not', async () => {
    expect(
      await verify(signed(header(), { ...CLAIMS, aud: 'https://other.example' }), { audience: undefined }),
    ).toBeDefined()
    expect(await verify(signed(header(), { ...CLAIMS, aud: undefined }), { audience: undefined })).toBeUndefined()
  })

  it('an ended token is good as a hint only, and then in all other respects too', async () => {
    const old = { ...CLAIMS, iat: NOW - 9000, exp: NOW - 5400 }
    expect(await verify(signed(header(), old), { expired: 'accepted' })).toBeDefined()
    expect(await verify(signed(header(), { ...old, iss: 'x' }), { expired: 'accepted' })).toBeUndefined()
    expect(await verify(signed(header(), { ...old, exp: 'x' }), { expired: 'accepted' })).toBeUndefined()
  })

  it.each(['null', '[]', '1', '"x"', '{', ''])('a payload that is %s', async (text) => {
    expect(await verify(signed(header(), text))).toBeUndefined()
  })
})

describe('form (RFC 7515 §7.1)', () => {
  it('padded, with other base64 letters, line breaks, spaces, or parts missing and added', async () => {
    const good = signed(header())
    const [head = '', payload = '', signature = ''] = good.split('.')
    for (const token of [
      `${good}=`,
      `${good}==`,
      `${head}=.${payload}.${signature}`,
      ` ${good}`,
      `${good}\n`,
      `${head}.${payload}.${signature.slice(0, 20)}\n${signature.slice(20)}`,
      `${head}.${payload}`,
      `${head}..${signature}`,
      `.${payload}.${signature}`,
      `${head}.${payload}.`,
      `${good}.`,
      `${good}.${signature}`,
      `${good}.${signature}.${signature}`,
      `Bearer ${good}`,
      '',
      '.',
      '..',
      '....',
      JSON.stringify({ payload, protected: head, signature }),
    ]) {
      expect(await verify(token), JSON.stringify(token)).toBeUndefined()
    }
  })

  it('each in one spelling only: unused bits of the last letter are zero (RFC 4648 §3.5)', async () => {
    const good = signed(header())
    // 64 bytes leave four bits unused: fifteen more letters would decode to the same signature.
    const last = good.at(-1) ?? ''
    const others = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.replace(last, '')
    for (const letter of others) expect(await verify(good.slice(0, -1) + letter)).toBeUndefined()
  })

  it('oversized: a right one of 8 kB is not even looked at', async () => {
    expect(await verify(signed(header(), { ...CLAIMS, pad: 'x'.repeat(5000) }))).toBeDefined()
    expect(await verify(signed(header(), { ...CLAIMS, pad: 'x'.repeat(9000) }))).toBeUndefined()
    const begun = performance.now()
    expect(await verify(`${'a'.repeat(20_000_000)}.b.c`)).toBeUndefined()
    expect(performance.now() - begun).toBeLessThan(200)
  })

  it('a JWE, and a JWS with a JWE in it; with a zip bomb too', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwe = await new CompactEncrypt(Buffer.from(signed(header())))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
      .encrypt(publicKey)
    expect(await verify(jwe)).toBeUndefined()
    expect(await verify(signed(header({ cty: 'JWT' }), jwe))).toBeUndefined()
    expect(await verify(signed(header(), jwe))).toBeUndefined()
    expect(await verify(`${b64({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..a.b.c`)).toBeUndefined()
  })

  it('a payload nested as deep as its size allows ends no process', async () => {
    const deep = `{"iss":${'['.repeat(2000)}${']'.repeat(2000)}}`
    expect(await verify(signed(header(), deep))).toBeUndefined()
  })
})

it('the same token is judged anew at every place: nothing is remembered between validators', async () => {
  const token = signed(header())
  expect(await verify(token)).toBeDefined()
  expect(await verify(token, { audience: 'https://other.example' })).toBeUndefined()
  expect(await verify(token, { issuer: 'https://other.example' })).toBeUndefined()
  expect(await verify(token, { typ: 'login+jwt' })).toBeUndefined()
  expect(await verify(token)).toBeDefined()
})
