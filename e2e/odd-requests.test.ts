import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { postCat, startCat } from './harness/cats.ts'
import type { Client } from './harness/client.ts'
import { isStatus, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

/** A guest who is connected, with nothing running. */
async function connected(): Promise<Client> {
  const client = site.client()
  await runUntil(client, await startCat(client, 'siam'), isStatus('succeeded'))
  return client
}

describe('requests that nobody writes by hand', () => {
  const statuses = async (send: (client: Client) => Promise<{ status: number }>) => (await send(site.client())).status

  test.each([
    ['a NUL byte in a field', 'cat_breed=be%00ng'],
    ['a NUL byte in a name', 'cat%00breed=beng'],
    ['half a surrogate pair', 'cat_breed=%ED%A0%80'],
    ['bytes that are no UTF-8', 'cat_breed=%ff%fe'],
    ['a broken escape', 'cat_breed=%zz&a=%'],
    ['a field many times', Array.from({ length: 900 }, () => 'cat_breed=beng').join('&')],
    ['members of every object', '__proto__=a&constructor=b&hasOwnProperty=c&cat_breed=toString'],
    ['brackets', 'cat_breed[]=beng&cat_breed[a][b]=c'],
    ['nothing', ''],
  ])('%s in a form: no 5xx', async (_name, body) => {
    const client = site.client()
    const { fields } = await client.form('/cats', '/cats/create_cat_request')
    for (const token of ['', `&csrf=${fields['csrf']}`]) {
      const answer = await client.send('/cats/create_cat_request', {
        method: 'POST',
        headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        body: body + token,
      })
      expect(answer.status).toBeLessThan(500)
    }
  })

  test.each(['\u0000', '\ud800', 'be\udc00ng'])('JSON with %j: 4xx', async (text) => {
    const answer = await site.client().postJson('/api/mashups/cats/runs', { cat_breed: text })
    expect([400, 422]).toContain(answer.status)
  })

  test('a Idempotency-Key that is odd: no 5xx', async () => {
    const client = await connected()
    for (const key of ['', 'ü'.normalize(), 'k'.repeat(5000), '%00', "';drop table run;--"]) {
      const answer = await client.postJson(
        '/api/mashups/cats/runs',
        { cat_breed: 'beng' },
        { 'idempotency-key': Buffer.from(key).toString('latin1') },
      )
      expect(answer.status).toBeLessThan(500)
      if (answer.status === 202) await runUntil(client, JSON.parse(answer.text).id, isStatus('succeeded'))
    }
  })

  test.each([
    ['an account that is no id', { account_drive: 'not-an-id' }],
    ['an account of nobody', { account_drive: '01a1f863-ebea-78a6-afd2-9ede2a2f6044' }],
    ['a long submission', { submission: randomBytes(15_000).toString('base64url') }],
    ['a submission that is no id', { submission: "';--" }],
    ['no submission', { submission: '' }],
  ])('%s in the form: no 5xx, and the run is made or the form is back', async (_name, fields) => {
    const client = await connected()
    const answer = await postCat(client, 'beng', fields)
    expect([303, 400, 413, 422]).toContain(answer.status)
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    await runUntil(client, runs[0].id, isStatus('succeeded'))
  })

  test('the account of somebody else in the form: theirs is not used', async () => {
    const ana = await connected()
    const [connection] = JSON.parse((await ana.getJson('/api/connections')).text)
    const bob = site.client()
    await runUntil(bob, await startCat(bob, 'siam', 'bob'), isStatus('succeeded'))
    const answer = await postCat(bob, 'beng', { account_drive: connection.id })
    expect(answer.status).toBeLessThan(500)
    const { runs } = JSON.parse((await bob.getJson('/api/runs')).text)
    await runUntil(bob, runs[0].id, (run) => ['succeeded', 'paused', 'failed'].includes(run.status))
    const files = await site.sandbox.files()
    expect(files.filter((file) => file.account === 'ana@example.com')).toHaveLength(1)
  })

  test('JSON nested 10,000 deep: answered, and the server lives', async () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    expect(await statuses((client) => client.postJson('/api/mashups/cats/runs', deep))).toBeLessThan(500)
    const objects = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    expect(await statuses((client) => client.postJson('/api/mashups/cats/runs', objects))).toBeLessThan(500)
    expect(await statuses((client) => client.get('/healthz'))).toBe(200)
  })

  test('__proto__ in JSON: refused or without effect', async () => {
    const body = '{"__proto__":{"cat_breed":"beng"},"constructor":{"prototype":{"x":1}}}'
    expect(await statuses((client) => client.postJson('/api/mashups/cats/runs', body))).toBeGreaterThanOrEqual(400)
  })

  test('a huge form: 413', async () => {
    const answer = await site.client().postForm('/cats/create_cat_request', { cat_breed: 'b'.repeat(200_000) })
    expect(answer.status).toBe(413)
    expect(answer.text).toContain('That is too large')
  })

  test.each([
    '/%00',
    '/runs/%00',
    '/runs/%ED%A0%80',
    '/runs/%ff',
    '/runs/%zz',
    '/problems/__proto__',
    '/problems/constructor',
    '/assets/..%2f..%2fmain.js',
    '/assets/%2e%2e/main.js',
    '/assets/manifest.json',
    '/cats/breeds/%00.webp',
    '/cats/breeds/..%2f..%2fetc%2fpasswd.webp',
    '/cats/breeds/__proto__.webp',
    '/cats?cat_breed=%00',
    '/cats?run=%00',
    '/cats?run=not-an-id',
    '/connect/%00',
    '/connect/__proto__',
    '/connect/google?connection=not-an-id',
    '/connect/google/callback?state=%00&code=%00',
    '/connect/google/outcome/not-an-id',
    '/connections?connection=%00&provider=__proto__&notice=disconnected',
    '/connections/not-an-id/picture',
    '/setup/__proto__',
    '/api/runs/%00',
    '/api/mashups/__proto__/runs',
    '//evil.example/',
    '/%5c%5cevil.example/',
    '/create_cat_request?cat_breed=%0d%0aSet-Cookie:%20x=y',
    '/create_cat_request?cat_breed=\u00fc\u00ff',
    '/cats?cat_breed=a&cat_breed=b&run=c&run=d&connect=denied&connect=expired',
    '/connect/google?return_to=%0d%0aX:y',
  ])('GET %s: below 500, leads nowhere else, shows no stack', (path) => expectHarmless(path))

  test('GET of very long addresses: the same', async () => {
    for (const path of ['/a'.repeat(4000), `/runs/${'a'.repeat(3000)}`, `/cats?cat_breed=${'a'.repeat(8000)}`]) {
      await expectHarmless(path)
    }
  })

  async function expectHarmless(path: string) {
    const client = site.client()
    await postCat(client, 'beng')
    const answer = await client.get(path)
    expect(answer.status).toBeLessThan(500)
    if (answer.location !== '') expect(new URL(answer.location).origin).toBe(site.product.url)
    expect(answer.headers['x']).toBeUndefined()
    expect(answer.text).not.toMatch(/at .*\.(ts|js):\d+/)
  }

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])('method %s: 4xx, not 5xx', async (method) => {
    for (const path of ['/cats', '/', '/api/runs', '/nothing']) {
      const answer = await site.client().send(path, { method })
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true])
    }
  })

  test('HEAD answers as GET without a body', async () => {
    for (const path of ['/', '/cats', '/healthz']) {
      const answer = await site.client().send(path, { method: 'HEAD', headers: { accept: 'text/html' } })
      expect([path, answer.status, answer.bytes.length]).toEqual([path, 200, 0])
    }
  })

  test('HEAD of live events does not hang on a run that waits', async () => {
    const client = site.client()
    await postCat(client, 'beng')
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    const asked = client.send(`/api/runs/${runs[0].id}/events`, { method: 'HEAD' })
    const answer = await Promise.race([asked, new Promise<undefined>((resolve) => setTimeout(resolve, 3000))])
    expect(answer?.status).toBeLessThan(500)
  })

  test('a content type that is none, or another: 4xx', async () => {
    for (const type of ['', 'text/html', 'multipart/form-data; boundary=x', 'application/xml', 'x/y; charset=☃']) {
      const answer = await site.client().send('/cats/create_cat_request', {
        method: 'POST',
        headers: { accept: 'text/html', 'content-type': Buffer.from(type).toString('latin1') },
        body: 'cat_breed=beng',
      })
      expect([type, answer.status >= 300 && answer.status < 500]).toEqual([type, true])
    }
  })
})
