import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRemoteKeys } from '#crypto'
import { createOutbound } from '#outbound'
import { capturedLog, serve, type TestDatabase, type TestServer, testDatabase } from '#testing'
import { assertion, assertionForm, createRig, type KeyPair, keyPair } from '../rig.fixture.ts'

type Reply = { status?: number; type?: string; body?: string; location?: string }

let test: TestDatabase
let keys: TestServer
let reply: Reply
let asked: string[]
beforeAll(async () => {
  test = await testDatabase()
  keys = await serve((request, response) => {
    asked.push(request.url ?? '')
    const headers = {
      'content-type': reply.type ?? 'application/json',
      ...(reply.location ? { location: reply.location } : {}),
    }
    response.writeHead(reply.status ?? 200, headers).end(reply.body ?? '')
  })
})
beforeEach(() => {
  asked = []
})
afterAll(async () => {
  await keys[Symbol.asyncDispose]()
  await test.close()
})

const setOf = (...pairs: KeyPair[]) => JSON.stringify({ keys: pairs.map(({ jwk }) => jwk) })

describe('private_key_jwt with jwks_uri (RFC 7591 §2)', () => {
  it('is fetched once, kept, and asked for again when a key is new, at most once a minute', async () => {
    const rig = await createRig(test, { allow: [keys.host] })
    const [first, second, third] = [keyPair('ES256', 'a'), keyPair('ES256', 'b'), keyPair('ES256', 'c')]
    reply = { body: setOf(first), type: 'application/jwk-set+json; charset=utf-8' }
    const { id } = await rig.register(await rig.user(), {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `${keys.url}/keys`,
    })
    const status = async (pair: KeyPair) => {
      const header = { kid: String(pair.jwk['kid']) }
      return (await rig.whoami(assertionForm(await assertion(id, pair, { header })))).status
    }
    expect(asked).toEqual([])
    expect(await Promise.all([status(first), status(first), status(first)])).toEqual([200, 200, 200])
    expect(asked).toEqual(['/keys'])
    reply = { body: setOf(first, second) }
    // Within the minute nobody makes us ask again, whatever they send.
    expect(await status(third)).toBe(401)
    expect(await status(second)).toBe(401)
    expect(asked).toHaveLength(1)
    await rig.close()
  })

  it('an address of the private network is never called: the answer is the same', async () => {
    const rig = await createRig(test)
    const pair = keyPair('ES256')
    reply = { body: setOf(pair) }
    const { id } = await rig.register(await rig.user(), {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `${keys.url}/keys`,
    })
    const answer = await rig.whoami(assertionForm(await assertion(id, pair)))
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(answer.text).toBe((await rig.whoami(assertionForm(await assertion('c_nobody', pair)))).text)
    expect(asked).toEqual([])
    await rig.close()
  })

  it('nobody is called for a client that registered another method, or is not there', async () => {
    const rig = await createRig(test, { allow: [keys.host] })
    const pair = keyPair('ES256')
    const { id } = await rig.register(await rig.user(), {
      redirect_uris: ['https://app.example/cb'],
      jwks_uri: `${keys.url}/keys`,
    })
    expect((await rig.whoami(assertionForm(await assertion(id, pair)))).status).toBe(401)
    expect(asked).toEqual([])
    await rig.close()
  })
})

describe('createRemoteKeys', () => {
  const MINUTE = 60_000
  let now: number
  function create() {
    const outbound = createOutbound({ allow: [keys.host], userAgent: 'test' })
    const { log, text } = capturedLog()
    now = 0
    return {
      remote: createRemoteKeys({ outbound, log, whose: 'a client', now: () => now }),
      logged: text,
      close: () => outbound.close(),
    }
  }

  it('renews after ten minutes, or after one when told that none fits', async () => {
    const { remote, close } = create()
    const [one, two, three] = [keyPair('ES256', '1'), keyPair('ES256', '2'), keyPair('ES256', '3')]
    const kids = async (renew = false) => (await remote.of(`${keys.url}/k`, { renew }))?.keys.map(({ kid }) => kid)
    reply = { body: setOf(one) }
    expect(await kids()).toEqual(['1'])
    reply = { body: setOf(two) }
    now = MINUTE - 1
    expect(await kids(true)).toEqual(['1'])
    now = MINUTE + 1
    expect(await kids()).toEqual(['1'])
    expect(await kids(true)).toEqual(['2'])
    reply = { body: setOf(three) }
    now += 10 * MINUTE
    expect(await kids()).toEqual(['3'])
    expect(asked).toHaveLength(3)
    await close()
  })

  it('keeps good keys over an outage, and does not ask again at once', async () => {
    const { remote, close } = create()
    reply = { body: setOf(keyPair('ES256', '1')) }
    await remote.of(`${keys.url}/k`)
    reply = { status: 500 }
    now = 11 * MINUTE
    expect((await remote.of(`${keys.url}/k`))?.keys).toHaveLength(1)
    expect((await remote.of(`${keys.url}/k`, { renew: true }))?.keys).toHaveLength(1)
    expect(asked).toHaveLength(2)
    await close()
  })

  it.each<[string, Reply]>([
    ['404', { status: 404, body: setOf(keyPair('ES256')) }],
    ['a redirect', { status: 302, location: '/elsewhere' }],
    ['HTML', { type: 'text/html', body: setOf(keyPair('ES256')) }],
    ['no JSON', { body: 'keys' }],
    ['no keys', { body: '{"keys":[]}' }],
    ['symmetric keys', { body: '{"keys":[{"kty":"oct","k":"AAAA"}]}' }],
    ['a megabyte', { body: JSON.stringify({ keys: [keyPair('ES256').jwk], x: 'x'.repeat(1_000_000) }) }],
    ['10,000 deep', { body: `{"keys":[${'['.repeat(10_000)}${']'.repeat(10_000)}]}` }],
  ])('has none after %s, and asks once a minute', async (_what, wrong) => {
    const { remote, logged, close } = create()
    reply = wrong
    expect(await remote.of(`${keys.url}/k`)).toBeUndefined()
    expect(await remote.of(`${keys.url}/k`, { renew: true })).toBeUndefined()
    expect(asked).toEqual(['/k'])
    expect(logged()).toContain('could not be read')
    reply = { body: setOf(keyPair('ES256')) }
    now = MINUTE + 1
    expect(await remote.of(`${keys.url}/k`)).toBeDefined()
    await close()
  })
})
