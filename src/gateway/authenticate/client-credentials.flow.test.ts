import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, createTown, type Town } from '../testing/town.fixture.ts'

const FOR_ALL = 'https://all.example'
const FOR_PEOPLE = 'https://people.example'
let town: Town
beforeAll(async () => {
  town = await createTown({
    file: (origin, publicUrl) => `
gateway:
  routes:
    - {path: /usual, upstream: "${origin}", scopes: notes:read}
    - {path: /bare, upstream: "${origin}", audience: "${publicUrl}"}
    - {path: /all, upstream: "${origin}", scopes: all:read, client_credentials: all}
    - {path: /none, upstream: "${origin}", scopes: people:read, client_credentials: none}
    - {path: /all-there, upstream: "${origin}", audience: "${FOR_ALL}", client_credentials: all}
    - {path: /none-there, upstream: "${origin}", audience: "${FOR_PEOPLE}", client_credentials: none}
`,
  })
})
afterAll(() => town.close())

/** Of a user, who registers what they like. */
async function ownApp(scope = 'profile notes:read all:read people:read'): Promise<App> {
  const token = await town.loginToken(await town.user())
  const metadata = {
    redirect_uris: [],
    ...{ grant_types: ['client_credentials'], response_types: [] },
    ...{ token_endpoint_auth_method: 'client_secret_post', scope },
  }
  const headers = { 'content-type': 'application/json' }
  const { json } = await town.ask('/client', { method: 'POST', token, headers, body: JSON.stringify(metadata) })
  return { id: String(json['client_id']), secret: String(json['client_secret']) }
}

const wants = (of: App, more: Readonly<Record<string, string>>) =>
  town.form('/token', { grant_type: 'client_credentials', client_id: of.id, client_secret: of.secret, ...more })
const verify = (of: App, isVerified = true) => town.authorization.clients.setState(of.id, { isVerified })
const status = async (path: string, token: string, at = town.port) => (await town.ask(path, { token, at })).status

describe('a client for itself (RFC 6749 §4.4), whom nobody was asked about', () => {
  it('opens no route by what its owner registered, not one without scopes either; and is told who can help', async () => {
    const token = await town.ownToken(await ownApp(), { scope: 'profile' })
    for (const path of ['/bare', '/usual', '/none']) expect([path, await status(path, token)]).toEqual([path, 403])
    const { headers, json } = await town.ask('/bare', { token })
    expect(json).toMatchObject({
      code: 'route_forbidden',
      detail: expect.stringContaining('administrator has to verify'),
    })
    // Asking for more scopes would not help, so none are named.
    expect(headers['www-authenticate']).toMatch(/error="insufficient_scope"/)
    expect(headers['www-authenticate']).not.toMatch(/ scope=/)
  })

  it('gets no token with scopes of such routes, and is told why; what is there for all it gets', async () => {
    const of = await ownApp()
    expect((await wants(of, { scope: 'notes:read' })).json).toMatchObject({
      error: 'invalid_scope',
      error_description: 'notes:read is only for clients that an administrator verified',
    })
    expect((await wants(of, { scope: 'people:read' })).json).toMatchObject({
      error: 'invalid_scope',
      error_description: 'people:read is for tokens of people only',
    })
    expect((await wants(of, { scope: 'all:read' })).json).toMatchObject({ scope: 'all:read' })
    const { json } = await wants(of, {})
    expect(String(json['scope']).split(' ')).not.toContain('notes:read')
  })

  it('gets no token for a resource whose routes are all for people (RFC 8707 §2)', async () => {
    const of = await ownApp()
    expect((await wants(of, { resource: FOR_PEOPLE })).json).toMatchObject({ error: 'invalid_target' })
    expect((await wants(of, { resource: FOR_ALL })).status).toBe(200)
  })

  it('opens what its route has for all', async () => {
    const of = await ownApp()
    expect(await status('/all', await town.ownToken(of, { scope: 'all:read' }))).toBe(200)
    expect(await status('/all-there', await town.ownToken(of, { resource: FOR_ALL }))).toBe(200)
  })

  it('opens routes once an administrator verified it, and no more once they take it back, whatever token it has', async () => {
    const of = await ownApp()
    const before = await town.ownToken(of, { scope: 'profile' })
    await verify(of)
    const token = await town.ownToken(of, { scope: 'notes:read' })
    for (const at of [town.port, town.second.port]) {
      await expect.poll(() => status('/usual', token, at), { timeout: 2500 }).toBe(200)
      expect(await status('/bare', before, at)).toBe(200)
      expect(await status('/none', token, at)).toBe(403)
    }
    await verify(of, false)
    for (const at of [town.port, town.second.port]) {
      await expect.poll(() => status('/usual', token, at), { timeout: 2500 }).toBe(403)
    }
  })

  it('opens them when an administrator made it', async () => {
    const of = await town.app()
    expect(await status('/usual', await town.ownToken(of, { scope: 'notes:read' }))).toBe(200)
    expect(await status('/none', await town.ownToken(of, { scope: 'notes:read' }))).toBe(403)
  })

  it('is something else than the same client with somebody who allowed it', async () => {
    const of = await town.app({ scope: 'people:read' })
    const { access_token: token } = await town.tokens(await town.user(), of, { scope: 'people:read' })
    expect(await status('/none', token)).toBe(200)
  })
})
