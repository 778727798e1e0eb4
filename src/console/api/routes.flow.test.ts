import { afterAll, beforeAll, expect, it } from 'vitest'
import { listRoutes } from '../contracts/routes.ts'
import { createOffice, type Office } from '../office.fixture.ts'

let office: Office
let api: Awaited<ReturnType<Office['administrator']>>['api']
let browser: Awaited<ReturnType<Office['administrator']>>['browser']
beforeAll(async () => {
  office = await createOffice()
  const administrator = await office.administrator('chief')
  ;({ api, browser } = administrator)
})
afterAll(() => office.close())

const read = async () => (await api('GET', '/api/admin/routes')).json as { routes: object[]; problems: object[] }
const FILE = `gateway:
  routes:
    - path: /notes
      host: api.example
      methods: [GET, POST]
      upstream: http://127.0.0.1:4000/base/
      audience: https://api.example/notes
      scopes: {GET: notes:read, POST: "notes:read notes:write"}
      rate_limit: {requests: 10, seconds: 60, per: client}
      max_age: 300
      mcp: true
    - {path: /open, access: public, upstream: "http://127.0.0.1:4001", identity_headers: false}
`

it('routes are shown as they are in force, the one that comes with Trivet among them', async () => {
  expect(await read()).toMatchObject({ routes: [{ name: '/protected/resource', takes_login_token: true }] })
  await office.writeRoutes(FILE)
  await expect.poll(async () => (await read()).routes.length, { timeout: 5000 }).toBe(3)
  const answer = await read()
  expect(listRoutes.answer.schema.safeParse(answer)).toMatchObject({ success: true })
  expect(answer).toMatchObject({
    problems: [],
    routes: [
      {
        ...{ name: 'api.example/notes', host: 'api.example', path: '/notes', methods: ['GET', 'POST'] },
        upstream: 'http://127.0.0.1:4000/base',
        audience: 'https://api.example/notes',
        scopes: { all: [], by_method: { GET: ['notes:read'], POST: ['notes:read', 'notes:write'] } },
        rate_limit: [{ requests: 10, seconds: 60, per: 'client' }],
        client_credentials: 'verified',
        ...{ max_age: 300, mcp: true, access: 'token', identity: 'headers', takes_login_token: false },
      },
      { name: '/open', host: null, methods: null, access: 'public', identity: 'none' },
      { name: '/protected/resource' },
    ],
  })
  const { status, body } = await browser.get('/console/routes')
  expect(status).toBe(200)
  for (const word of [
    'api.example/notes',
    'notes:write',
    'http://127.0.0.1:4000/base',
    '60 s; 10 MB; 1 retry; 10 in 60 s per client, in each process',
    'anybody',
  ]) {
    expect(body).toContain(word)
  }
  // A table of so many columns was cut off in most windows.
  expect(body).not.toContain('<table')
  expect(body).not.toContain('id="file-problems"')
})

it('a broken file changes none of them, and its problems are shown with their lines', async () => {
  await office.writeRoutes(`${FILE}    - {path: /login, upstream: "http://h"}\n    - {path: /x, scops: "<b>"}\n`)
  await expect.poll(async () => (await read()).problems.length, { timeout: 5000 }).toBeGreaterThan(0)
  const { routes, problems } = await read()
  expect(routes).toHaveLength(3)
  expect(problems).toContainEqual({ line: 14, message: expect.stringContaining('scops') })
  const { body } = await browser.get('/console/routes')
  expect(body).toContain('id="file-problems"')
  expect(body).toContain('Line 14: scops')
  await office.writeRoutes(FILE)
  await expect.poll(async () => (await read()).problems, { timeout: 5000 }).toEqual([])
})

it('they are changed in the file, and nowhere else', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    expect((await api(method, '/api/admin/routes', {})).status).toBe(404)
    expect((await api(method, '/console/routes', {})).status).toBe(404)
  }
})
