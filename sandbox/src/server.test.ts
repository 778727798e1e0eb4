import { request as httpRequest } from 'node:http'
import { describe, expect, test } from 'vitest'
import { authorize, CALLBACK, connect, json, misbehave, postJson, request, startSandbox } from './testing/index.ts'

/** A request with headers that fetch does not let one choose. */
function ask(url: string, headers: Record<string, string>, method = 'GET'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers })
    sent.on('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(await response.toArray()).toString() })
    })
    sent.on('error', reject).end()
  })
}

describe('who may ask', () => {
  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80'])(
    'Host %j is 421: a name that was bound to this machine (DNS rebinding)',
    async (host) => {
      const { url } = await startSandbox()
      expect((await ask(`${url}/thecatapi/v1/breeds`, { host })).status).toBe(421)
    },
  )

  test.each(['127.0.0.1:9', 'localhost', 'LOCALHOST:3001', '[::1]:3001'])('Host %s is served', async (host) => {
    const { url } = await startSandbox()
    expect((await ask(`${url}/thecatapi/v1/breeds`, { host })).status).toBe(200)
  })

  test.each(['/faults', '/requests', '/state'])('%s is not for pages of other sites', async (path) => {
    const { url } = await startSandbox()
    expect((await ask(url + path, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await ask(url + path, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await ask(url + path, { origin: 'null' })).status).toBe(403)
    expect((await ask(url + path, { origin: 'http://localhost:3000' })).status).toBe(200)
  })
})

describe('behind a base URL with a path', () => {
  const baseUrl = 'https://demo.example/sandbox'

  test('all addresses use it, routes answer with and without the path', async () => {
    const { url } = await startSandbox({ baseUrl: `${baseUrl}/` })
    for (const prefix of ['', '/sandbox']) {
      const discovery = await json(request(`${url}${prefix}/google/.well-known/openid-configuration`))
      expect(discovery).toMatchObject({ issuer: `${baseUrl}/google`, token_endpoint: `${baseUrl}/google/token` })
    }
    const [picture] = (await (await request(`${url}/sandbox/thecatapi/v1/images/search`)).json()) as { url: string }[]
    // Fetched by servers, past the proxy.
    expect(picture?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/thecatapi\/images\//)
    const home = await (await request(`${url}/sandbox`)).text()
    expect(home).toContain('href="/sandbox/google/drive"')
    expect((await request(`${url}/sandboxes/thecatapi/v1/breeds`)).status).toBe(404)
  })

  test('its host is served, but may not steer', async () => {
    const { url } = await startSandbox({ baseUrl })
    expect((await ask(`${url}/sandbox/`, { host: 'demo.example' })).status).toBe(200)
    expect((await ask(`${url}/sandbox/faults`, { host: 'demo.example' })).status).toBe(421)
    expect((await ask(`${url}/sandbox/state`, { host: 'demo.example' }, 'DELETE')).status).toBe(421)
  })

  test('the origin it is mounted at counts as a registered redirect address, other https ones do not', async () => {
    const { url } = await startSandbox({ baseUrl })
    const ask = async (redirect_uri: string) => {
      const query = new URLSearchParams({
        client_id: 'trivet-sandbox',
        redirect_uri,
        response_type: 'code',
        scope: 'openid',
      })
      return (await request(`${url}/google/o/oauth2/v2/auth?${query}`)).status
    }
    expect(await ask('https://demo.example/connect/google/callback')).toBe(200)
    expect(await ask('https://demo.example:444/connect/google/callback')).toBe(400)
    expect(await ask('https://evil.example/connect/google/callback')).toBe(400)
  })

  test('forms and cookies carry the path', async () => {
    const { url } = await startSandbox({ baseUrl })
    const query = new URLSearchParams({
      client_id: 'trivet-sandbox',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid',
    })
    const page = await (await request(`${url}/sandbox/google/o/oauth2/v2/auth?${query}`)).text()
    expect(page).toContain('action="/sandbox/google/signin"')
    const body = new URLSearchParams({ request: query.toString(), persona: 'ana' })
    const response = await request(`${url}/sandbox/google/signin`, { method: 'POST', body })
    expect(response.headers.getSetCookie()[0]).toContain('Path=/sandbox/google')
    expect(response.headers.get('location')).toMatch(/^\/sandbox\/google\/consent\?/)
  })
})

describe('the recorder', () => {
  test('writes down order, operation and status; never queries', async () => {
    const { url } = await startSandbox()
    await connect(url)
    await request(`${url}/thecatapi/v1/images/search?breed_ids=beng`, { headers: { 'x-api-key': 'secret-key' } })
    const text = await (await request(`${url}/requests`)).text()
    const entries = JSON.parse(text) as Record<string, unknown>[]
    expect(entries.map(({ n, operation, method, status }) => [n, operation, method, status])).toEqual([
      [1, 'signin', 'POST', 303],
      [2, 'consent', 'POST', 303],
      [3, 'token.exchange', 'POST', 200],
      [4, 'images.search', 'GET', 200],
    ])
    expect(entries[3]).toMatchObject({ provider: 'thecatapi', path: '/thecatapi/v1/images/search' })
    for (const secret of ['secret', 'ya29', '4/0A', 'beng', 'client_id']) expect(text).not.toContain(secret)
  })

  test('since gives what is newer; DELETE forgets, numbers go on', async () => {
    const { url } = await startSandbox()
    for (let i = 0; i < 3; i++) await request(`${url}/thecatapi/v1/breeds`)
    expect(await (await request(`${url}/requests?since=2`)).json()).toMatchObject([{ n: 3 }])
    await request(`${url}/requests`, { method: 'DELETE' })
    expect(await (await request(`${url}/requests`)).json()).toEqual([])
    await request(`${url}/thecatapi/v1/nothing`)
    expect(await (await request(`${url}/requests`)).json()).toMatchObject([{ n: 4, operation: 'unknown', status: 404 }])
    expect((await request(`${url}/requests?since=x`)).status).toBe(400)
  })
})

test('DELETE /state forgets grants, files, tokens and faults, but keeps the signing key', async () => {
  const { url } = await startSandbox()
  const tokens = await connect(url)
  const keys = await json(request(`${url}/google/oauth2/v3/certs`))
  await misbehave(url, { provider: 'google', on: 'userinfo', kind: 'html' })
  expect((await request(`${url}/state`, { method: 'DELETE' })).status).toBe(204)
  expect(await json(request(`${url}/state`))).toEqual({
    google: { files: [], grants: [] },
    discord: { grants: [], limit: 50, exceeded: 0, mostInOneSecond: 0 },
    dicebear: {
      svg: { limit: 50, exceeded: 0, mostInOneSecond: 0 },
      raster: { limit: 10, exceeded: 0, mostInOneSecond: 0 },
    },
  })
  expect(await (await request(`${url}/faults`)).json()).toEqual([])
  const headers = { authorization: `Bearer ${tokens.access_token}` }
  expect((await request(`${url}/google/v1/userinfo`, { headers })).status).toBe(401)
  expect(await json(request(`${url}/google/oauth2/v3/certs`))).toEqual(keys)
  expect((await authorize(url)).get('code')).toMatch(/^4\/0A/)
})

test('the home page names every person, operation and kind of fault', async () => {
  const { url } = await startSandbox()
  const page = await (await request(url)).text()
  for (const word of [
    'ana@example.com',
    'drive.upload',
    'drop_after_commit',
    'untick_scopes',
    'images.search',
    'zoe.fox',
    'users.me',
    'script_in_svg',
  ]) {
    expect(page).toContain(word)
  }
  expect(page).not.toContain('<script')
})

test('a broken body is refused, not a crash', async () => {
  const { url } = await startSandbox()
  const headers = { 'content-type': 'application/json' }
  expect((await request(`${url}/faults`, { method: 'POST', body: '{', headers })).status).toBe(400)
  expect((await postJson(`${url}/google/token`, {})).status).toBe(400)
})
