import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, createTown, type Town } from '../testing/town.fixture.ts'

let town: Town
let app: App
let person: Awaited<ReturnType<Town['user']>>
beforeAll(async () => {
  town = await createTown({
    file: (origin, publicUrl) => `
gateway:
  routes:
    - {path: /bare, upstream: "${origin}"}
    - {path: /there, host: app.example, upstream: "${origin}"}
    - {path: /notes, upstream: "${origin}", scopes: {GET: notes:read, PUT: notes:write, OPTIONS: []}}
    - {path: /mcp, upstream: "${origin}", scopes: notes:read, mcp: true}
    - {path: /ours, upstream: "${origin}", audience: "${publicUrl}"}
`,
  })
  app = await town.app()
  person = await town.user()
})
afterAll(() => town.close())

const tokenFor = async (more: Readonly<Record<string, string>>) => (await town.tokens(person, app, more)).access_token
const status = async (path: string, token: string, method = 'GET', headers = {}) =>
  (await town.ask(path, { token, method, headers })).status

describe('what somebody gave to be known ("Know that it is you") is no key to APIs', () => {
  it('whatever address its app named: it opens no route that did not ask for it', async () => {
    for (const resource of [{}, { resource: town.publicUrl }] as Readonly<Record<string, string>>[]) {
      const token = await tokenFor({ scope: 'openid profile', ...resource })
      expect(await status('/userinfo', token)).toBe(200)
      expect(await status('/bare', token)).toBe(401)
      expect(await status('/there', token, 'GET', { host: 'app.example' })).toBe(401)
      expect(await status('/notes', token, 'OPTIONS')).toBe(401)
      expect(await status('/mcp', token)).toBe(401)
      expect(await status('/notes', token)).toBe(403)
      expect(await status('/notes', token, 'PUT')).toBe(403)
    }
  })

  it('one that carries a scope opens what asks for that, and nothing that asks for none', async () => {
    const token = await tokenFor({ scope: 'openid notes:read', resource: town.publicUrl })
    expect(await status('/notes', token)).toBe(200)
    expect(await status('/notes', token, 'PUT')).toBe(403)
    for (const path of ['/bare', '/mcp']) expect([path, await status(path, token)]).toEqual([path, 401])
  })

  it('but where the file says so', async () => {
    expect(await status('/ours', await tokenFor({ scope: 'openid', resource: town.publicUrl }))).toBe(200)
  })
})

it.each(['/bare', '/notes', '/mcp'])(
  'a token for %s opens that, as its metadata name it (RFC 9728 §3.3)',
  async (path) => {
    const { json } = await town.ask(`/.well-known/oauth-protected-resource${path}`)
    expect(json['resource']).toBe(`${town.publicUrl}${path}`)
    const token = await tokenFor({ scope: 'notes:read', resource: String(json['resource']) })
    for (const other of ['/bare', '/notes', '/mcp', '/ours']) {
      expect([other, await status(other, token)]).toEqual([other, other === path ? 200 : 401])
    }
  },
)
