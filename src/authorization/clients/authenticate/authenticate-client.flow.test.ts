import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'
import type { AuthorizationTables } from '../../store/tables.ts'
import { type Answer, assertionForm, basic, CALLBACK, createRig, type Rig } from '../rig.fixture.ts'

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

describe('authenticateClient with a secret (RFC 6749 §2.3.1)', () => {
  it('client_secret_basic and client_secret_post', async () => {
    const one = await client('client_secret_basic')
    expect(await rig.whoami({}, basic(one.id, one.secret))).toMatchObject({ status: 200, body: { id: one.id } })
    expect((await rig.whoami({ client_id: one.id }, basic(one.id, one.secret))).status).toBe(200)
    const two = await client('client_secret_post')
    const form = { client_id: two.id, client_secret: two.secret }
    expect(await rig.whoami(form)).toMatchObject({ status: 200, body: { id: two.id } })
  })

  it('what is in the header is form-urlencoded first', async () => {
    const { id, secret } = await client('client_secret_basic')
    const escaped = (text: string) => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
    expect((await rig.whoami({}, basic(escaped(id), escaped(secret)))).status).toBe(200)
    expectRefused(await rig.whoami({}, basic(`${id}%`, secret)))
    expectRefused(await rig.whoami({}, basic(id, `${secret}%00`)))
    expectRefused(await rig.whoami({}, basic(id, `${secret}+`)))
  })

  it.each(['', 'a', 'trc_', 'trc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'])(
    'refuses the secret %j, in the words for a client that is not there',
    async (wrong) => {
      const { id } = await client('client_secret_basic')
      const answer = await rig.whoami({}, basic(id, wrong))
      expectRefused(answer)
      expect(answer.text).toBe((await rig.whoami({}, basic('c_nobody', wrong))).text)
    },
  )

  it('refuses the registration token, the hash, and the secret of another client', async () => {
    const one = await client('client_secret_basic')
    const two = await client('client_secret_basic')
    const row = await test.database
      .tables<AuthorizationTables>()
      .selectFrom('tinyoauth_client')
      .select('secret_hash')
      .where('id', '=', one.id)
      .executeTakeFirstOrThrow()
    const wrong = [
      two.secret,
      one.headers.authorization.slice(7),
      row.secret_hash?.toString('hex') ?? '',
      row.secret_hash?.toString('base64url') ?? '',
      `${one.secret} `,
      one.secret.slice(0, -1),
      one.secret.toUpperCase(),
    ]
    for (const secret of wrong) expectRefused(await rig.whoami({}, basic(one.id, secret)))
  })

  it('takes only the registered method (RFC 7591 §2)', async () => {
    const byHeader = await client('client_secret_basic')
    const byBody = await client('client_secret_post')
    const isPublic = await client('none')
    expectRefused(await rig.whoami({ client_id: byHeader.id, client_secret: byHeader.secret }))
    expectRefused(await rig.whoami({}, basic(byBody.id, byBody.secret)))
    expectRefused(await rig.whoami({ client_id: byHeader.id }))
    expectRefused(await rig.whoami({ client_id: byBody.id }))
    expectRefused(await rig.whoami({ client_id: isPublic.id, client_secret: 'anything' }))
    expectRefused(await rig.whoami({}, basic(isPublic.id, 'anything')))
    expect((await rig.whoami({ client_id: isPublic.id })).body).toEqual({ id: isPublic.id })
  })

  it('exactly one method (§2.3): more of them are invalid_request', async () => {
    const { id, secret } = await client('client_secret_basic')
    const invalid = { status: 400, body: { error: 'invalid_request' } }
    const header = basic(id, secret)
    expect(await rig.whoami({ client_id: id, client_secret: secret }, header)).toMatchObject(invalid)
    expect(await rig.whoami(assertionForm('a.b.c'), header)).toMatchObject(invalid)
    expect(await rig.whoami({ ...assertionForm('a.b.c'), client_secret: secret })).toMatchObject(invalid)
    expect(await rig.whoami({ client_id: 'c_other' }, header)).toMatchObject(invalid)
    expect(await rig.send('POST', '/whoami', { ...header, 'content-type': 'application/json' }, '{}')).toMatchObject({
      status: 415,
      body: { error: 'invalid_request' },
    })
    const repeated = await rig.send(
      'POST',
      '/whoami',
      { 'content-type': 'application/x-www-form-urlencoded' },
      `client_id=${id}&client_id=${id}`,
    )
    expect(repeated).toMatchObject(invalid)
  })

  it.each([
    '',
    'Basic',
    'Basic ',
    'Basic !!',
    'Basic Og==',
    'Basic YQ==',
    'Basic YTo=',
    'Basic OmE=',
    'Bearer x',
    'Digest x',
  ])('invalid_client for the header %j', async (authorization) =>
    expectRefused(await rig.whoami({}, authorization === '' ? {} : { authorization })),
  )

  it('secrets in the query are not looked at', async () => {
    const { id, secret } = await client('client_secret_post')
    const query = new URLSearchParams({ client_id: id, client_secret: secret })
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    expectRefused(await rig.send('POST', `/whoami?${query}`, type, ''))
  })

  it('switched off: refused; and back', async () => {
    const { id, secret } = await client('client_secret_basic')
    await rig.clients.setState(id, { isDisabled: true })
    expectRefused(await rig.whoami({}, basic(id, secret)))
    await rig.clients.setState(id, { isDisabled: false, isVerified: true })
    expect((await rig.whoami({}, basic(id, secret))).status).toBe(200)
    expect((await rig.clients.findClient(id))?.isVerified).toBe(true)
  })
})

describe('authenticateClient, over several processes', () => {
  it('a change reaches every process within 2 s', async () => {
    const second = await createRig(test)
    const made = await client('client_secret_basic')
    expect((await second.whoami({}, basic(made.id, made.secret))).status).toBe(200)
    expect(await second.clients.findClient(made.id)).toMatchObject({ redirectUris: [CALLBACK] })
    const changed = ['https://app.example/changed']
    await rig.json('PUT', `/client/${made.id}`, { client_id: made.id, redirect_uris: changed }, made.headers)
    await expect
      .poll(async () => (await second.clients.findClient(made.id))?.redirectUris, { timeout: 2000, interval: 20 })
      .toEqual(changed)
    await rig.send('DELETE', `/client/${made.id}`, made.headers)
    await expect
      .poll(async () => (await second.whoami({}, basic(made.id, made.secret))).status, { timeout: 2000, interval: 20 })
      .toBe(401)
    await second.close()
  })

  it('use is noted, at most once an hour', async () => {
    const made = await client('client_secret_basic')
    const usedAt = async () =>
      (
        await test.database
          .tables<AuthorizationTables>()
          .selectFrom('tinyoauth_client')
          .select('used_at')
          .where('id', '=', made.id)
          .executeTakeFirstOrThrow()
      ).used_at
    expect(await usedAt()).toBeNull()
    expectRefused(await rig.whoami({}, basic(made.id, 'wrong')))
    expect(await usedAt()).toBeNull()
    await rig.whoami({}, basic(made.id, made.secret))
    const first = await usedAt()
    expect(first).not.toBeNull()
    await rig.whoami({}, basic(made.id, made.secret))
    expect(await usedAt()).toEqual(first)
  })

  it('no secret and no assertion in the log', async () => {
    const made = await client('client_secret_basic')
    await rig.whoami({}, basic(made.id, made.secret))
    await rig.whoami({ client_id: made.id, client_secret: made.secret })
    expect(rig.logged()).not.toContain(made.secret)
  })
})
