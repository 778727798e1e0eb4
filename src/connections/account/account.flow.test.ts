import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Failure } from '#base'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Failure) => error,
  )

describe('a call over an account', () => {
  it('adds the token when it is sent, below the API base, and knows the account by name', async () => {
    const { account } = await rig.connect()
    const handle = rig.connections.account(account)
    const answer = await handle.send({ method: 'GET', path: '/drive/v3/files?fields=id' })
    expect(await answer.json()).toEqual({ account: 'ana@example.com', length: 0 })
    expect(rig.provider.apiCalls.at(-1)).toMatchObject({
      path: '/api/drive/v3/files?fields=id',
      authorization: expect.stringMatching(/^Bearer ya29\./),
    })
    expect(handle).toMatchObject({ provider: 'google', connectionId: account.connectionId, name: 'ana@example.com' })
    expect(JSON.stringify(handle)).not.toContain('ya29')
  })

  it.each([
    ['a text', 'twelve bytes'],
    ['bytes', Buffer.from('twelve bytes')],
    ['a function', () => Readable.from([Buffer.from('twelve '), Buffer.from('bytes')])],
  ])('renews after a 401 and repeats the call with its body, given as %s', async (_what, body) => {
    const { account, row } = await rig.connect()
    const handle = rig.connections.account(account)
    rig.provider.killAccessTokens()
    const refreshes = rig.provider.calls.refresh
    const answer = await handle.send({ method: 'POST', path: '/upload', body, bodyLength: 12 })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ length: 12 })
    expect(rig.provider.calls.refresh).toBe(refreshes + 1)
    expect(rig.provider.apiCalls.slice(-2).map((call) => call.body)).toEqual(['twelve bytes', 'twelve bytes'])
    expect(await rig.row(row.id)).toMatchObject({ token_version: 2 })
  })

  it('renews once for many calls that meet a 401 together', async () => {
    const { account } = await rig.connect()
    const other = await rig.another()
    rig.provider.killAccessTokens()
    const refreshes = rig.provider.calls.refresh
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? other : rig.connections).account(account).send({ method: 'GET', path: '/x' }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(rig.provider.calls.refresh).toBe(refreshes + 1)
  })

  it('repeats once and not for ever', async () => {
    const { account, row } = await rig.connect()
    const handle = rig.connections.account(account)
    const calls = rig.provider.calls.api
    rig.provider.settings.apiRefuses = true
    const failure = await failed(handle.send({ method: 'GET', path: '/x' }))
    rig.provider.settings.apiRefuses = false
    expect(failure?.data).toMatchObject({ kind: 'rate_limited', code: 'token_refused', retryAfter: 60 })
    expect(rig.provider.calls.api).toBe(calls + 2)
    expect((await rig.row(row.id)).status).toBe('active')
  })

  it('hands other answers to the caller as they are', async () => {
    const { account } = await rig.connect()
    const answer = await rig.connections.account(account).send({ method: 'GET', path: '/status/403' })
    expect(answer.status).toBe(403)
  })

  it.each([
    'https://evil.example/x',
    'http://169.254.169.254/latest/meta-data',
    '//evil.example/x',
    'http://user:pass@{host}/x',
    'http://{host}.evil.example/x',
    'http://{host}@evil.example/x',
    'file:///etc/passwd',
    'evil',
    '',
  ])('never sends the token to another host: %j', async (path) => {
    const { account } = await rig.connect()
    const handle = rig.connections.account(account)
    const before = rig.provider.apiCalls.length
    const failure = await failed(handle.send({ method: 'GET', path: path.replace('{host}', rig.provider.host) }))
    if (path.startsWith('//')) {
      // A relative path stays below the base, whatever it looks like.
      expect(rig.provider.apiCalls.at(-1)?.path).toBe('/api//evil.example/x')
      return
    }
    expect(failure?.data).toMatchObject({ kind: 'refused', code: 'host_not_allowed' })
    expect(rig.provider.apiCalls).toHaveLength(before)
  })

  it('takes an absolute address on the provider’s own host, and follows no redirect with the token', async () => {
    const { account } = await rig.connect()
    const handle = rig.connections.account(account)
    expect((await handle.send({ method: 'GET', path: `${rig.provider.url}/upload/session?id=1` })).status).toBe(200)
    const answer = await handle.send({ method: 'GET', path: '/redirect' })
    expect(answer.status).toBe(302)
  })

  it('sends no token when the address is a secret of its own, and never one that the caller brings', async () => {
    const { account } = await rig.connect()
    const handle = rig.connections.account(account)
    expect((await handle.send({ method: 'PUT', path: '/session', body: 'x', anonymous: true })).status).toBe(401)
    expect(rig.provider.apiCalls.at(-1)?.authorization).toBeUndefined()
    await handle.send({ method: 'GET', path: '/x', headers: { Authorization: 'Bearer mine' } })
    expect(rig.provider.apiCalls.at(-1)?.authorization).toMatch(/^Bearer ya29\./)
  })

  it('stops waiting for a renewal when the caller gives up', async () => {
    const { account } = await rig.connect()
    await rig.test.shift(3601)
    rig.provider.settings.refreshDelayMs = 1500
    const controller = new AbortController()
    const sending = failed(
      rig.connections.account(account).send({ method: 'GET', path: '/x', signal: controller.signal }),
    )
    const began = performance.now()
    setTimeout(() => controller.abort(), 50)
    expect(await sending).toMatchObject({ data: { kind: 'cancelled' } })
    expect(performance.now() - began).toBeLessThan(1000)
    rig.provider.settings.refreshDelayMs = 0
    await rig.test.shift(0)
  })
})

describe('what is never told', () => {
  it('no token, code, verifier or secret in the log, in failures, or in answers, though the provider echoes them', async () => {
    const everything: string[] = []
    const note = async (promise: Promise<unknown>) => {
      const failure = await failed(promise)
      everything.push(JSON.stringify([failure?.data, failure?.hint, failure?.message, failure?.stack]))
      for (let cause = failure?.cause; cause instanceof Error; cause = cause.cause) {
        everything.push(`${cause.message} ${cause.stack} ${JSON.stringify(cause)}`)
      }
    }
    const echo = (status: number) => ({
      status,
      echo: (form: URLSearchParams) => ({
        error: form.get('refresh_token') ?? form.get('code') ?? form.get('token'),
        error_description: form.toString(),
      }),
    })
    for (const status of [400, 401, 500, 200]) {
      const { account } = await rig.connect()
      await rig.test.shift(3601)
      rig.provider.misbehave('refresh', echo(status), {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'x' },
      })
      await note(rig.connections.account(account).send({ method: 'GET', path: '/x' }))
      await rig.test.shift(3700)
      await note(rig.connections.account(account).send({ method: 'GET', path: '/x' }))
      await rig.test.shift(0)
      const browser = rig.browser()
      rig.provider.misbehave('exchange', echo(status))
      const answer = await rig.callback(browser, rig.provider.agree(await rig.start(browser)))
      everything.push(answer.body, answer.location, (await browser.get(answer.location)).body)
      rig.provider.misbehave('userinfo', echo(status), echo(status))
      const second = rig.browser()
      const outcome = await rig.callback(second, rig.provider.agree(await rig.start(second)))
      everything.push(outcome.body, outcome.location, (await second.get(outcome.location)).body)
      const { browser: owner, row } = await rig.connect()
      rig.provider.misbehave('revoke', echo(status))
      const left = await owner.submit(`/connections/${row.id}/disconnect`)
      everything.push(
        left.body,
        left.location,
        (await owner.get('/connections')).body,
        (await owner.get('/api/connections')).body,
      )
    }
    everything.push(rig.logged())
    const text = everything.join('\n')
    expect(text).toContain('could not be renewed')
    expect(rig.provider.secrets.size).toBeGreaterThan(40)
    for (const secret of rig.provider.secrets) expect(text.includes(secret)).toBe(false)
  })
})
