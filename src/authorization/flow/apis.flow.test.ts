import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Api } from '../checks/apis.ts'
import { claimsOf, createRig, LEFT_OUT, type Rig, type TestClient } from '../testing/rig.fixture.ts'

const NOTES: Api = {
  resource: 'https://mcp.example/notes',
  name: 'Notes <b>of</b> "us"',
  place: 'https://mcp.example/notes',
  scopes: ['notes:read', 'notes:write'],
  isMcp: true,
  clientCredentials: 'verified',
}
const WORDS: Readonly<Record<string, string>> = { 'notes:read': 'Read your <notes>', profile: 'Take everything' }

let rig: Rig
/** What stands in the file of the gateway now. */
let apis: readonly Api[]

beforeAll(async () => {
  rig = await createRig({
    settings: {
      isKnownResource: (uri) => apis.some(({ resource }) => resource === uri),
      apis: { list: () => apis, describe: (scope) => WORDS[scope] },
    },
  })
})
beforeEach(() => {
  apis = [NOTES]
})
afterAll(() => rig.close())

/** Registers itself, as MCP clients do: with the scope of their first challenge. */
async function stranger(scope?: string): Promise<TestClient> {
  const redirectUri = 'https://kite.example/cb'
  const metadata = { redirect_uris: [redirectUri], token_endpoint_auth_method: 'none', ...(scope ? { scope } : {}) }
  const response = await fetch(`${rig.publicUrl}/client`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ grant_types: ['authorization_code', 'refresh_token'], ...metadata }),
  })
  const { client_id: id } = (await response.json()) as { client_id: string }
  const client = await rig.authorization.clients.findClient(id)
  if (!client) throw new Error('not registered')
  return { client, secret: undefined, redirectUri }
}

describe('APIs behind the gateway (MCP, Scope Selection Strategy; RFC 8707)', () => {
  it('a step-up leads past the scope of the registration; the refresh keeps what was granted', async () => {
    const app = await stranger('notes:read')
    const { browser } = await rig.person()
    const resource = NOTES.resource
    const first = await rig.redeem(app, await rig.code(app, browser, { scope: 'notes:read', resource }), { resource })
    expect(first.body.scope).toBe('notes:read')
    const code = await rig.code(app, browser, { scope: 'notes:read notes:write', resource })
    const { body } = await rig.redeem(app, code, { resource })
    expect(claimsOf(body.access_token)).toMatchObject({ aud: resource, scope: 'notes:read notes:write' })
    const renewed = await rig.refresh(app, body.refresh_token, { resource: `${resource}/` })
    expect(claimsOf(renewed.body.access_token)).toMatchObject({ aud: resource, scope: 'notes:read notes:write' })
    // A route that is gone is nothing that tokens are for.
    apis = []
    expect(await rig.refresh(app, renewed.body.refresh_token, { resource })).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    })
  })

  it('a stranger that names neither scope nor resource means the one MCP server, and all of it', async () => {
    const app = await stranger()
    const { browser } = await rig.person()
    const { body } = await rig.redeem(app, await rig.code(app, browser, { scope: LEFT_OUT }))
    expect(claimsOf(body.access_token)).toMatchObject({ aud: NOTES.resource, scope: 'notes:read notes:write' })
  })

  it('with two MCP servers it has to say which: until then its tokens are for this server', async () => {
    apis = [NOTES, { ...NOTES, resource: 'https://mcp.example/mail', scopes: ['mail:send'] }]
    const app = await stranger()
    const { browser } = await rig.person()
    const { body } = await rig.redeem(app, await rig.code(app, browser, { scope: LEFT_OUT }))
    expect(claimsOf(body.access_token)).toMatchObject({ aud: rig.publicUrl, scope: 'profile' })
  })

  it('consent tells in the words of the operator what is allowed and where; it is text, and no word for profile counts', async () => {
    const app = await stranger()
    const { browser } = await rig.person()
    const scope = 'notes:read notes:write profile'
    const { location } = await browser.get(rig.authorizePath(app, { scope, resource: NOTES.resource }))
    const { body } = await browser.get(location)
    expect(body).toContain('Read your &lt;notes>')
    expect(body).toContain('Notes &lt;b>of&lt;/b> &quot;us&quot; (https://mcp.example/notes)')
    expect(body).toContain('Use “notes:write” at Notes &lt;b>of&lt;/b> &quot;us&quot; (https://mcp.example/notes)')
    expect(body).not.toContain('in your name')
    expect(body).not.toContain('Take everything')
  })

  it('consent says that an API is used at all, where none of its scopes does', async () => {
    apis = [
      { ...NOTES, scopes: [] },
      { ...NOTES, resource: 'https://other.example', place: 'https://other.example' },
    ]
    const app = await stranger()
    const { browser } = await rig.person()
    const asked = async (more: { resource: string; scope: string }) => {
      const { location } = await browser.get(rig.authorizePath(app, more))
      const { body } = await browser.get(location)
      return /<ul class="points" id="asked">.*?<\/ul>/s.exec(body)?.[0] ?? ''
    }
    const use = 'Use Notes &lt;b>of&lt;/b> &quot;us&quot; (https://mcp.example/notes) in your name'
    expect(await asked({ scope: 'profile', resource: NOTES.resource })).toContain(use)
    expect(await asked({ scope: 'profile', resource: rig.publicUrl })).not.toContain('in your name')
  })

  it('a permission that nobody described is told with the API that asks for it, of those only that the token is for', async () => {
    const name = undefined
    const mail = { ...NOTES, name, resource: rig.publicUrl, place: 'https://mail.example', scopes: ['mail:send'] }
    apis = [NOTES, mail, { ...mail, name: 'Elsewhere', resource: 'https://else.example' }]
    const app = await stranger()
    const { browser } = await rig.person()
    const wish = { scope: 'mail:send', resource: rig.publicUrl }
    const { location } = await browser.get(rig.authorizePath(app, wish))
    const { body } = await browser.get(location)
    expect(body).toContain('Use “mail:send” at https://mail.example: this server knows')
    expect(body).not.toContain('Elsewhere')
  })

  it('a decision counts for what was shown: when the file changes meanwhile, the person is asked anew (security.md §6)', async () => {
    const app = await stranger()
    const { browser } = await rig.person()
    const { location } = await browser.get(rig.authorizePath(app, { scope: LEFT_OUT, resource: NOTES.resource }))
    const { body } = await browser.get(location)
    const hidden = [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)]
    const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
    apis = [{ ...NOTES, scopes: ['notes:read', 'notes:write', 'notes:delete'] }]
    const pressed = await browser.post('/consent', { ...fields, decision: 'allow' })
    expect(pressed).toMatchObject({ status: 303, location: expect.stringMatching(/^\/authorize\?interaction=/) })
    const again = await browser.get((await browser.get(pressed.location)).location)
    expect(again.body).toContain('notes:delete')
  })

  it('a client of an owner gets them for itself by client_credentials, within what it registered', async () => {
    const own = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] }
    const confidential = { ...own, token_endpoint_auth_method: 'client_secret_post' }
    const fields = { grant_type: 'client_credentials', resource: NOTES.resource }
    const open = await rig.token(await rig.client(confidential), fields)
    expect(open.body.scope).toBe('notes:read notes:write')
    const bound = await rig.client({ ...confidential, scope: 'notes:read' })
    expect((await rig.token(bound, fields)).body.scope).toBe('notes:read')
    const more = await rig.token(bound, { ...fields, scope: 'notes:write' })
    expect(more).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
  })

  it('the metadata of the server list their scopes, as they are now (RFC 8414 §2)', async () => {
    const listed = async () => {
      const response = await fetch(`${rig.publicUrl}/.well-known/oauth-authorization-server`)
      return ((await response.json()) as { scopes_supported: string[] }).scopes_supported
    }
    expect(await listed()).toEqual(expect.arrayContaining(['openid', 'notes:read', 'notes:write']))
    apis = []
    expect(await listed()).not.toContain('notes:read')
  })
})
