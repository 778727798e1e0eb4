import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLocalJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Secret, StartError } from '#base'
import type { Database } from '#database'
import { capturedLog, silentLog, type TestDatabase, testDatabase } from '#testing'
import { createEnvelope, type Envelope } from '../envelope.ts'
import { parseKeyring } from '../keyring.ts'
import type { SigningAlg, SigningKeyTables } from '../store/signing-key.ts'
import { sealedPlace } from './key.ts'
import { createSigner, type Signer } from './signer.ts'
import { KEY_TIMING, type KeyTiming } from './timing.ts'

const ISSUER = 'https://trivet.example'
const ring = () => parseKeyring(`k1:${randomBytes(32).toString('base64url')}`)
const envelope = createEnvelope(ring())
const DAY = 24 * 3600

let test: TestDatabase
/** Of two other processes. */
let others: Database[]
let shifted = 0
const signers: Signer[] = []
/** Moves with `trivet.clock()`. */
const clock = { now: () => new Date(Date.now() + shifted * 1000) }

beforeAll(async () => {
  test = await testDatabase()
  others = [await test.open(), await test.open()]
})
beforeEach(async () => {
  await shift(0)
  await tables().deleteFrom('signing_key').execute()
})
afterEach(() => {
  for (const signer of signers.splice(0)) signer.close()
})
afterAll(() => test.close())

const tables = () => test.database.tables<SigningKeyTables>()
const shift = async (seconds: number) => {
  shifted = seconds
  await test.shift(seconds)
}

function make(
  options: {
    database?: Database
    timing?: KeyTiming
    envelope?: Envelope
    log?: typeof silentLog
    onScheduled?: (key: { kid: string }) => Promise<void>
  } = {},
) {
  const signer = createSigner({ database: test.database, envelope, clock, log: silentLog, ...options })
  signers.push(signer)
  return signer
}

async function started(options: Parameters<typeof make>[0] = {}) {
  const signer = make(options)
  await signer.start()
  return signer
}

const elsewhere = () => (others[0] ? { database: others[0] } : {})

const seconds = () => Math.floor(clock.now().getTime() / 1000)
const claims = (more: object = {}) => ({
  iss: ISSUER,
  aud: ISSUER,
  sub: 'u_1',
  iat: seconds(),
  exp: seconds() + 600,
  ...more,
})
const AT = { typ: 'at+jwt', alg: 'ES256' } as const
const EXPECTED = { typ: 'at+jwt', issuer: ISSUER, audience: ISSUER }
const states = (signer: Signer, alg: SigningAlg = 'ES256') =>
  signer
    .keys()
    .filter((key) => key.alg === alg)
    .map((key) => key.state)

describe('signing', () => {
  it.each(['ES256', 'RS256'] as const)('makes a JWT that others verify by the JWKS (RFC 7515, %s)', async (alg) => {
    const signer = await started()
    const token = await signer.sign(claims({ scope: 'profile' }), { typ: 'at+jwt', alg })
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(signer.jwks()), {
      issuer: ISSUER,
      audience: ISSUER,
      typ: 'at+jwt',
    })
    expect(payload).toMatchObject({ sub: 'u_1', scope: 'profile' })
    expect(Object.keys(protectedHeader).toSorted()).toEqual(['alg', 'kid', 'typ'])
    expect(await signer.verify(token, EXPECTED)).toEqual(payload)
  })

  it('publishes keys of both kinds with unique kid, alg and use, and nothing private (RFC 7517 §4)', async () => {
    const { keys } = (await started()).jwks()
    expect(keys.map((key) => key.alg).toSorted()).toEqual(['ES256', 'RS256'])
    expect(new Set(keys.map((key) => key.kid)).size).toBe(2)
    for (const key of keys) {
      expect(key.use).toBe('sig')
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(secret)
    }
    // RFC 7518 §3.3: 2048 bits or more.
    expect(Buffer.from(keys.find((key) => key.kty === 'RSA')?.n ?? '', 'base64url')).toHaveLength(256)
  })

  it('keeps the private half sealed in its row', async () => {
    const signer = await started()
    const rows = await tables().selectFrom('signing_key').selectAll().execute()
    expect(rows).toHaveLength(2)
    for (const row of rows) {
      expect(row.sealed_private_key).toMatch(/^v1\.k1\./)
      expect(JSON.stringify(row.public_jwk)).not.toContain('"d"')
    }
    expect(JSON.stringify(signer.keys())).not.toMatch(/sealed|"d"/)
  })
})

describe('starting', () => {
  it('makes the keys once, however many processes start at once', async () => {
    const all = [test.database, ...others, test.database, ...others].map((database) => make({ database }))
    await Promise.all(all.map((signer) => signer.start()))
    const kids = all.map((signer) =>
      signer
        .jwks()
        .keys.map((key) => key.kid)
        .toSorted(),
    )
    expect(kids[0]).toHaveLength(2)
    for (const other of kids) expect(other).toEqual(kids[0])
    const token = await (all[0] as Signer).sign(claims(), AT)
    for (const signer of all) expect(await signer.verify(token, EXPECTED)).toBeDefined()
  })

  it('finds the keys of the last time again', async () => {
    const token = await (await started()).sign(claims(), AT)
    expect(await (await started()).verify(token, EXPECTED)).toBeDefined()
  })

  it('does not start with keys that do not open, and makes no others in their place', async () => {
    await started()
    await expect(started({ envelope: createEnvelope(ring()) })).rejects.toThrow(StartError)
    expect(await tables().selectFrom('signing_key').select('kid').execute()).toHaveLength(2)
  })
})

describe('a row that somebody wrote into the database is no key of ours', () => {
  it('not with a public key of theirs beside a sealed one of ours', async () => {
    const first = await started()
    const theirs = await generateKeyPair('ES256')
    const row = await tables()
      .selectFrom('signing_key')
      .selectAll()
      .where('alg', '=', 'ES256')
      .executeTakeFirstOrThrow()
    const jwk = JSON.stringify({ ...(await exportJWK(theirs.publicKey)), kid: row.kid, alg: 'ES256' })
    await sql`update trivet.signing_key set public_jwk = ${jwk}::jsonb where kid = ${row.kid}`.execute(tables())
    const signer = await started()
    expect(signer.jwks()).toEqual(first.jwks())
    const forged = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: row.kid })
      .sign(theirs.privateKey)
    expect(await signer.verify(forged, EXPECTED)).toBeUndefined()
  })

  it('not for another algorithm than it was made for', async () => {
    await started()
    await sql`update trivet.signing_key set alg = case alg when 'ES256' then 'RS256' else 'ES256' end`.execute(tables())
    await expect(started()).rejects.toThrow(StartError)
  })

  it('not under another kid (AAD: row swap), nor sealed for another owner', async () => {
    await started()
    const { log, text } = capturedLog()
    await sql`insert into trivet.signing_key (kid, alg, public_jwk, sealed_private_key, signs_from)
      select 'evil', alg, public_jwk, sealed_private_key, signs_from + interval '1 second'
      from trivet.signing_key where alg = 'ES256'`.execute(tables())
    const foreign = envelope.seal(new Secret('{}'), {
      ...sealedPlace({ kid: 'other', purpose: 'token' }),
      owner: 'somebody',
    })
    await sql`insert into trivet.signing_key (kid, alg, public_jwk, sealed_private_key, signs_from)
      values ('other', 'ES256', '{}', ${foreign}, trivet.clock())`.execute(tables())
    const signer = await started({ log })
    expect(signer.jwks().keys).toHaveLength(2)
    expect(text()).toContain('evil')
    expect(text()).toContain('other')
  })
})

describe('staged rotation', () => {
  it('publishes at once, signs after the wait, retires the old key, removes it when its last token has ended', async () => {
    const signer = await started()
    const old = await signer.sign(claims({ exp: seconds() + 60 * DAY }), AT)
    expect(await signer.rotate('ES256')).toBe(true)
    expect(states(signer)).toEqual(['signing', 'published'])
    expect(signer.jwks().keys).toHaveLength(3)

    await shift(KEY_TIMING.publishedBeforehand - 5)
    await signer.tick()
    expect(states(signer)).toEqual(['signing', 'published'])

    await shift(KEY_TIMING.publishedBeforehand + 5)
    expect(states(signer)).toEqual(['retired', 'signing'])
    const young = await signer.sign(claims({ exp: seconds() + 60 * DAY }), AT)
    expect(decodeProtectedHeader(young).kid).not.toBe(decodeProtectedHeader(old).kid)
    await signer.tick()
    expect(await signer.verify(old, EXPECTED)).toBeDefined()

    await shift(KEY_TIMING.publishedBeforehand + KEY_TIMING.keptAfterwards - 5)
    await signer.tick()
    expect(await signer.verify(old, EXPECTED)).toBeDefined()

    await shift(KEY_TIMING.publishedBeforehand + KEY_TIMING.keptAfterwards + 5)
    expect(await signer.verify(old, EXPECTED)).toBeUndefined()
    expect(signer.jwks().keys).toHaveLength(2)
    await signer.tick()
    expect(await tables().selectFrom('signing_key').select('kid').execute()).toHaveLength(2)
    expect(await signer.verify(young, EXPECTED)).toBeDefined()
  })

  it('publishes one successor, however often and by however many processes it is asked at once', async () => {
    const all = await Promise.all(others.map((database) => started({ database })))
    const made = await Promise.all([...all, ...all, ...all].map((signer) => signer.rotate('ES256')))
    expect(made.filter(Boolean)).toHaveLength(1)
    expect(await tables().selectFrom('signing_key').select('kid').execute()).toHaveLength(3)
  })

  it('comes by itself with age, once for all processes, and one of them tells of it', async () => {
    const told: string[] = []
    const onScheduled = async ({ kid }: { kid: string }) => void told.push(kid)
    const all = await Promise.all(others.map((database) => started({ database, onScheduled })))
    await shift(89 * DAY)
    await Promise.all(all.map((signer) => signer.tick()))
    expect(await tables().selectFrom('signing_key').select('kid').execute()).toHaveLength(2)
    await shift(91 * DAY)
    await Promise.all(all.map((signer) => signer.tick()))
    expect(await tables().selectFrom('signing_key').select('kid').execute()).toHaveLength(4)
    for (const signer of all) expect(states(signer, 'RS256')).toEqual(['signing', 'published'])
    const [one] = all
    const published = one?.keys().filter(({ state }) => state === 'published')
    expect(told.sort()).toEqual(published?.map(({ kid }) => kid).sort())
  })

  it('reaches the other processes by a message', async () => {
    const [a, b] = [await started(), await started(elsewhere())]
    // LISTEN is opened in the background.
    await vi.waitUntil(
      async () => {
        await a.rotate('ES256')
        await test.database.notify('trivet_signing_key', '')
        return b.jwks().keys.length === 3
      },
      { timeout: 5000, interval: 20 },
    )
  })

  it('that a process did not hear of is found by the kid, at most every few seconds', async () => {
    const deaf = make({ database: { ...test.database, listen: () => () => undefined } })
    await deaf.start()
    const other = await started({ timing: { ...KEY_TIMING, publishedBeforehand: 0 } })
    await other.rotate('ES256')
    const token = await other.sign(claims(), AT)
    expect(await deaf.verify(token, EXPECTED)).toBeUndefined()
    const later = performance.now() + 6000
    const time = vi.spyOn(performance, 'now').mockImplementation(() => later)
    onTestFinished(() => time.mockRestore())
    expect(await deaf.verify(token, EXPECTED)).toBeDefined()
  })

  it('is not waited for by a key that ends: all of its kind end with it, the other kind goes on', async () => {
    const signer = await started()
    const retired = await signer.sign(claims({ exp: seconds() + 60 * DAY }), AT)
    const other = await signer.sign(claims({ exp: seconds() + 60 * DAY }), { typ: 'JWT', alg: 'RS256' })
    await signer.rotate('ES256')
    await shift(KEY_TIMING.publishedBeforehand + 5)
    await signer.tick()
    await signer.rotate('ES256')
    const signing = await signer.sign(claims({ exp: seconds() + 60 * DAY }), AT)
    expect(states(signer)).toEqual(['retired', 'signing', 'published'])
    const before = signer.keys().filter(({ alg }) => alg === 'ES256')

    const { kid, ended } = await signer.replace('ES256')
    expect(ended.toSorted()).toEqual(before.map((key) => key.kid).toSorted())
    expect(states(signer)).toEqual(['signing'])
    expect(signer.jwks().keys.map((key) => key.kid)).toContain(kid)
    expect(signer.jwks().keys).toHaveLength(2)
    for (const token of [retired, signing]) expect(await signer.verify(token, EXPECTED)).toBeUndefined()
    expect(await signer.verify(other, { ...EXPECTED, typ: 'JWT' })).toBeDefined()
    const young = await signer.sign(claims(), AT)
    expect(decodeProtectedHeader(young).kid).toBe(kid)
    expect(await signer.verify(young, EXPECTED)).toBeDefined()
    expect(states(await started())).toEqual(['signing'])
  })

  it('that ends at once verifies nothing, in any process, within 5 s, one that hears nothing included', async () => {
    const [a, b] = [await started(), await started(elsewhere())]
    const deaf = await started({ database: { ...test.database, listen: () => () => undefined } })
    const old = await a.sign(claims(), AT)
    for (const signer of [a, b, deaf]) expect(await signer.verify(old, EXPECTED)).toBeDefined()
    const { kid, ended } = await a.replace('ES256')
    const since = performance.now()
    expect(await a.verify(old, EXPECTED)).toBeUndefined()
    for (const signer of [b, deaf]) {
      await vi.waitUntil(async () => (await signer.verify(old, EXPECTED)) === undefined, {
        timeout: 5000,
        interval: 20,
      })
      const kids = signer.jwks().keys.map((key) => key.kid)
      expect(kids).toContain(kid)
      for (const one of ended) expect(kids).not.toContain(one)
      expect(decodeProtectedHeader(await signer.sign(claims(), AT)).kid).toBe(kid)
    }
    expect(performance.now() - since).toBeLessThan(5000)
  })

  it('by several at once leaves one key that signs, and everybody agrees which', async () => {
    const all = await Promise.all(others.map((database) => started({ database })))
    await Promise.all([...all, ...all].map((signer) => signer.replace('ES256')))
    await Promise.all(all.map((signer) => signer.tick()))
    expect(await tables().selectFrom('signing_key').select('kid').execute()).toHaveLength(2)
    const token = await (all[0] as Signer).sign(claims(), AT)
    for (const signer of all) expect(await signer.verify(token, EXPECTED)).toBeDefined()
  })

  it('under load: two processes, a client with a cached JWKS, a new key every second, and no verification fails', async () => {
    const timing = { publishedBeforehand: 1, keptAfterwards: 2, changedEvery: 1 }
    const [a, b] = [await started({ timing }), await started({ timing, ...elsewhere() })]
    let jwks = createLocalJWKSet(a.jwks())
    let readAt = performance.now()
    /** A client asks again in less than the time that keys are published beforehand. */
    const cached = () => {
      if (performance.now() - readAt > 400) {
        readAt = performance.now()
        jwks = createLocalJWKSet(b.jwks())
      }
      return jwks
    }
    const kids = new Set<unknown>()
    let [verified, over] = [0, false]
    const traffic = async (from: Signer, to: Signer) => {
      while (!over) {
        const known = cached()
        const token = await from.sign(claims({ jti: `${verified}` }), AT)
        kids.add(decodeProtectedHeader(token).kid)
        expect(await to.verify(token, EXPECTED)).toBeDefined()
        await jwtVerify(token, known, { issuer: ISSUER })
        verified += 1
        await new Promise(setImmediate)
      }
    }
    const running = [traffic(a, b), traffic(b, a)]
    for (const end = performance.now() + 4500; performance.now() < end; await sleep(100)) {
      await Promise.all([a.tick(), b.tick()])
    }
    over = true
    await Promise.all(running)
    expect(kids.size).toBeGreaterThanOrEqual(3)
    expect(verified).toBeGreaterThan(500)
  })
})
