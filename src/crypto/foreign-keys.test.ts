import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { KeysNotUsable, parsePublicKeys, verifyForeignJwt } from './foreign-keys.ts'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'a' }
const keys = parsePublicKeys({ keys: [jwk] })
const options = { keys, algorithms: ['ES256'], types: ['jwt'] }
const sign = (header: object = {}) =>
  new SignJWT({ sub: 'c' }).setProtectedHeader({ alg: 'ES256', ...header }).sign(pair.privateKey)

describe('verifyForeignJwt (RFC 7515 §5.2)', () => {
  it('gives the claims of what was signed with one of the keys', async () => {
    expect(await verifyForeignJwt(await sign(), options)).toEqual({ sub: 'c' })
    expect(await verifyForeignJwt(await sign({ kid: 'a', typ: 'application/JWT' }), options)).toEqual({ sub: 'c' })
  })

  it('passes over keys that are for something else', async () => {
    const others = [
      { kty: 'RSA', ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }) },
      { ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) },
      { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) },
      jwk,
    ]
    expect(await verifyForeignJwt(await sign(), { ...options, keys: parsePublicKeys({ keys: others }) })).toBeDefined()
    for (const wrong of [{ use: 'enc' }, { alg: 'ES384' }]) {
      const unfit = parsePublicKeys({ keys: [{ ...jwk, ...wrong }] })
      expect(await verifyForeignJwt(await sign(), { ...options, keys: unfit })).toBeUndefined()
    }
  })

  it('refuses algorithms that were not asked for, other types, another kid, another spelling', async () => {
    const token = await sign()
    expect(await verifyForeignJwt(token, { ...options, algorithms: ['RS256'] })).toBeUndefined()
    expect(await verifyForeignJwt(token, { ...options, algorithms: [] })).toBeUndefined()
    expect(await verifyForeignJwt(await sign({ typ: 'at+jwt' }), options)).toBeUndefined()
    expect(await verifyForeignJwt(await sign({ kid: 'b' }), options)).toBeUndefined()
    for (const changed of [`${token}=`, `${token} `, ` ${token}`, `${token}.`, token.replace('.', '.\n')])
      expect(await verifyForeignJwt(changed, options)).toBeUndefined()
  })

  it('refuses every change of a single character (security §8)', async () => {
    const token = await sign()
    for (let index = 0; index < token.length; index += 1) {
      const other = token[index] === 'A' ? 'B' : 'A'
      const changed = token.slice(0, index) + other + token.slice(index + 1)
      expect(await verifyForeignJwt(changed, options)).toBeUndefined()
    }
  })
})

describe('signatures that are remembered, of tokens that come again and again', () => {
  const remembering = { ...options, remembers: true }

  it('open what they opened, and nothing that is asked in another way (Oathkeeper GHSA-qvp4-rpmr-xwrr)', async () => {
    const token = await sign({ kid: 'a' })
    for (let time = 0; time < 3; time += 1) expect(await verifyForeignJwt(token, remembering)).toEqual({ sub: 'c' })
    const twin = parsePublicKeys({
      keys: [{ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }), kid: 'a' }],
    })
    for (const other of [{ keys: twin }, { algorithms: ['RS256'] }, { types: ['at+jwt'], typeless: false }]) {
      expect(await verifyForeignJwt(token, { ...remembering, ...other })).toBeUndefined()
    }
  })

  it('no change of a single character comes with them', async () => {
    const token = await sign()
    expect(await verifyForeignJwt(token, remembering)).toBeDefined()
    for (let index = 0; index < token.length; index += 1) {
      const changed = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1)
      expect(await verifyForeignJwt(changed, remembering)).toBeUndefined()
      expect(await verifyForeignJwt(changed, remembering)).toBeUndefined()
    }
  })
})

describe('what a wrong signature costs (security §11.10)', () => {
  const rsa = (modulusLength: number) =>
    generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
  const other = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })

  it('without a kid four keys of its algorithm are tried, and by its kid the one', async () => {
    const tried = async (header: object, others: number, alg = 'ES256') => {
      const set = [
        ...Array.from({ length: others }, () => other()),
        { ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) },
        jwk,
      ]
      return verifyForeignJwt(await sign(header), {
        ...options,
        algorithms: [alg],
        keys: parsePublicKeys({ keys: set }),
      })
    }
    expect(await tried({}, 3)).toBeDefined()
    expect(await tried({}, 4)).toBeUndefined()
    expect(await tried({ kid: 'a' }, 8)).toBeDefined()
  })

  it('an RSA key has 4096 bits at most, also one that was taken when more were allowed', async () => {
    expect(parsePublicKeys({ keys: [{ ...rsa(4096) }] }).keys).toHaveLength(1)
    const long = generateKeyPairSync('rsa', { modulusLength: 4104 })
    const registered = { ...long.publicKey.export({ format: 'jwk' }), kty: 'RSA' } as const
    expect(() => parsePublicKeys({ keys: [registered] })).toThrow('at most 4096 bits')
    const token = await new SignJWT({ sub: 'c' }).setProtectedHeader({ alg: 'RS256' }).sign(long.privateKey)
    const taken = { keys: { keys: [registered] }, algorithms: ['RS256'], types: ['jwt'] }
    expect(await verifyForeignJwt(token, taken)).toBeUndefined()
  })
})

describe('parsePublicKeys (RFC 7517 §5)', () => {
  it('keeps what says how to check a signature, and no more', () => {
    expect(parsePublicKeys({ keys: [{ ...jwk, x5u: 'https://a.ex', key_ops: ['verify'] }, { kty: 'AKP' }] })).toEqual({
      keys: [jwk],
    })
  })

  it.each([
    null,
    [],
    'keys',
    { keys: [] },
    { keys: [null] },
    { keys: [[]] },
    { keys: [{ kty: 'oct', k: 'AAAA' }] },
    { keys: [pair.privateKey.export({ format: 'jwk' })] },
    { keys: [{ ...jwk, y: jwk.x }] },
    { keys: [{ ...jwk, x: '' }] },
    { keys: [{ ...jwk, x: 'A'.repeat(3000) }] },
    { keys: [jwk, jwk] },
    { keys: [{ ...jwk, crv: 'secp256k1' }] },
  ])('refuses %j', (value) => expect(() => parsePublicKeys(value)).toThrow(KeysNotUsable))
})
