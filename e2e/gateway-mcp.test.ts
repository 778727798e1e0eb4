import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { read } from './docs/repository.ts'
import { useApp } from './harness/app.ts'
import { axeFindings } from './harness/browser.ts'
import { openClientSite } from './harness/client-site.ts'
import { createGatewayFile } from './harness/gateway-file.ts'
import { type McpMemory, mcpMemory } from './harness/mcp-client.ts'
import { useMcpServer } from './harness/mcp-server.ts'
import { consentAs, registerPerson, signIn } from './harness/person.ts'
import { freePort, startProduct } from './harness/product.ts'
import { useSite } from './harness/site.ts'

const makers = await openClientSite({
  client_name: 'Kite for MCP',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
})
afterAll(() => makers.close())

// Nothing is set for it: the route is all there is.
const site = useSite({ environment: makers.environment })
const app = useApp()
const notes = useMcpServer()
const open: Client[] = []
afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
})

const { write: setRoutes } = createGatewayFile(() => site.product)

/** The files that docs/how-to/mcp-server.md shows, in its order, with the server of this test. */
const SHOWN = [...read('docs/how-to/mcp-server.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
  ([, text = '']) => text,
)
const shown = (index: number) => (SHOWN[index] ?? '').replace('http://127.0.0.1:8000', notes.origin)
const FIVE_LINES = 0
const WITH_SCOPES = 1
const OWN_HOST = 2
/** As before somebody thought of the second scope. */
const readOnly = () =>
  shown(WITH_SCOPES)
    .replace(', notes:write]', ']')
    .replace(/^ *notes:write: .*\n/m, '')

const parameter = (request: Request, name: string) => new URL(request.url).searchParams.get(name) ?? ''
const claimsOf = (memory: McpMemory) =>
  JSON.parse(Buffer.from(memory.tokens()?.access_token.split('.')[1] ?? '', 'base64url').toString())
const nobody = () => site.visitor({ apps: [app.origin] })
const address = (path: string) => new URL(`${site.product.url}${path}`)

function transportTo(path: string, memory: McpMemory) {
  return new StreamableHTTPClientTransport(address(path), { authProvider: memory.provider })
}

/** A client that may go on; the transport is the one that failed before for want of a token, if there was one. */
async function connect(path: string, memory: McpMemory): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(transportTo(path, memory) as Parameters<Client['connect']>[0])
  open.push(client)
  return client
}

/** Asks the person, brings the answer back. */
async function allow(page: Page, memory: McpMemory, username: string, path = '/notes'): Promise<Request> {
  const back = await consentAs(page, app, { address: memory.takeAddress(), username })
  await transportTo(path, memory).finishAuth(parameter(back, 'code'))
  return back
}

/** What the tool says that the server behind was told. */
async function whoami(client: Client): Promise<Record<string, string>> {
  const { content } = await client.callTool({ name: 'whoami' })
  const [first] = content as { text: string }[]
  return JSON.parse(first?.text ?? '{}')
}

describe('a stock MCP server behind one route, the client of @modelcontextprotocol/sdk', () => {
  beforeAll(async () => {
    await registerPerson(site.client(), 'mia')
  })

  test('discovery, registration, PKCE, consent, tools, step-up to a second scope, refresh', async () => {
    await setRoutes(readOnly())
    const memory = mcpMemory(app.callback)
    await expect(connect('/notes', memory)).rejects.toThrow('Unauthorized')
    expect(memory.information()).toMatchObject({ client_id: expect.stringMatching(/^c_/) })
    const first = memory.takeAddress()
    expect(Object.fromEntries(first.searchParams)).toMatchObject({
      ...{ scope: 'notes:read', resource: `${site.product.url}/notes`, code_challenge_method: 'S256' },
    })

    const { page } = await nobody()
    await page.goto(first.href)
    await signIn(page, 'mia')
    expect(await page.locator('#asked li').allInnerTexts()).toEqual(['Read your notes'])
    expect(await page.locator('#resources').innerText()).toBe(`Notes of the team (${site.product.url}/notes)`)
    await page.locator('#unverified').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.locator('#consent-allow').click()
    await page.waitForURL(`${app.callback}*`)
    const back = app.arrived.at(-1)
    if (!back) throw new Error('nothing came back')
    await transportTo('/notes', memory).finishAuth(parameter(back, 'code'))
    expect(claimsOf(memory)).toMatchObject({ aud: `${site.product.url}/notes`, scope: 'notes:read' })

    const client = await connect('/notes', memory)
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['whoami', 'count'])
    const told = await whoami(client)
    expect(told).toMatchObject({ 'x-trivet-username': 'mia', 'x-trivet-scope': 'notes:read' })
    expect(told['authorization']).toBeUndefined()
    const heard: number[] = []
    await client.callTool({ name: 'count' }, undefined, { onprogress: ({ progress }) => heard.push(progress) })
    expect(heard).toEqual([1, 2, 3])

    // The operator asks for more: the client, in the middle of its session, steps up and goes on in it.
    await setRoutes(shown(WITH_SCOPES))
    memory.replaceTokens(withoutRefresh(memory))
    await expect(whoami(client)).rejects.toThrow('Unauthorized')
    const more = memory.takeAddress()
    expect(more.searchParams.get('scope')).toBe('notes:read notes:write')
    await page.goto(more.href)
    expect(await page.locator('#asked li').allInnerTexts()).toEqual(['Read your notes', 'Change your notes'])
    await page.locator('#consent-allow').click()
    await page.waitForURL(`${app.callback}*`)
    const again = app.arrived.at(-1)
    if (!again) throw new Error('nothing came back')
    await transportTo('/notes', memory).finishAuth(parameter(again, 'code'))
    expect(await whoami(client)).toMatchObject({ 'x-trivet-scope': 'notes:read notes:write' })

    // The access token is over: the library renews it by itself, asking nobody.
    const { access_token: before, refresh_token } = memory.tokens() ?? {}
    expect(refresh_token).toMatch(/^trr_/)
    memory.replaceTokens({ ...memory.tokens(), access_token: 'over', token_type: 'Bearer' })
    expect(await whoami(client)).toMatchObject({ 'x-trivet-scope': 'notes:read notes:write' })
    expect(memory.tokens()?.access_token).not.toBe(before)
    expect(memory.tokens()?.refresh_token).not.toBe(refresh_token)
    // Nothing of the caller's own reached the server, in any request of all this.
    for (const headers of notes.asked) expect(headers).not.toHaveProperty('authorization')
  })

  test('known by a document instead of a registration (OAuth Client ID Metadata Document)', async () => {
    await setRoutes(readOnly())
    const memory = mcpMemory(app.callback, makers.address)
    await expect(connect('/notes', memory)).rejects.toThrow('Unauthorized')
    expect(memory.information()).toMatchObject({ client_id: makers.address })
    const { page } = await nobody()
    const back = await allow(page, memory, 'mia')
    expect(parameter(back, 'iss')).toBe(site.product.url)
    expect(claimsOf(memory)).toMatchObject({ client_id: makers.address, aud: `${site.product.url}/notes` })
    const told = await whoami(await connect('/notes', memory))
    expect(told).toMatchObject({ 'x-trivet-username': 'mia', 'x-trivet-client': makers.address })
  })

  test('the older transport, over SSE, on a host of its own: such a server names its other address by itself', async () => {
    const host = new URL(site.product.url).host.replace('localhost', '127.0.0.1')
    await setRoutes(shown(OWN_HOST).replace('notes.example.com', host))
    const memory = mcpMemory(app.callback)
    const sse = () => new SSEClientTransport(new URL(`http://${host}/sse`), { authProvider: memory.provider })
    const refused = new Client({ name: 'test', version: '1.0.0' })
    await expect(refused.connect(sse())).rejects.toThrow('Unauthorized')
    const { page } = await nobody()
    const back = await consentAs(page, app, { address: memory.takeAddress(), username: 'mia' })
    const transport = sse()
    await transport.finishAuth(parameter(back, 'code'))
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(transport)
    open.push(client)
    expect(await whoami(client)).toMatchObject({ 'x-trivet-username': 'mia', 'x-trivet-scope': 'profile' })
    expect(claimsOf(memory)).toMatchObject({ iss: site.product.url, aud: `http://${host}` })
  })

  test('a client that names neither scope nor resource gets what the one MCP server needs', async () => {
    await setRoutes(readOnly())
    const memory = mcpMemory(app.callback)
    await expect(connect('/notes', memory)).rejects.toThrow('Unauthorized')
    const bare = memory.takeAddress()
    for (const name of ['scope', 'resource']) bare.searchParams.delete(name)
    const { page } = await nobody()
    const back = await consentAs(page, app, { address: bare, username: 'mia' })
    await transportTo('/notes', memory).finishAuth(parameter(back, 'code'))
    expect(claimsOf(memory)).toMatchObject({ aud: `${site.product.url}/notes`, scope: 'notes:read' })
    await whoami(await connect('/notes', memory))
  })

  test('five lines are enough: no scopes, and one slash more at its end is the same server', async () => {
    await setRoutes(shown(FIVE_LINES))
    const memory = mcpMemory(app.callback)
    await expect(connect('/notes/', memory)).rejects.toThrow('Unauthorized')
    const { page } = await nobody()
    await allow(page, memory, 'mia', '/notes/')
    expect(claimsOf(memory)).toMatchObject({ aud: `${site.product.url}/notes`, scope: 'profile' })
    expect(await whoami(await connect('/notes', memory))).toMatchObject({ 'x-trivet-username': 'mia' })
  })

  test('below a path of the public URL: discovery, registration, and the way to sign in', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trivet-mcp-'))
    await writeFile(join(directory, 'trivet.yaml'), shown(WITH_SCOPES))
    const port = await freePort()
    const url = `http://localhost:${port}/auth`
    const below = await startProduct({ directory, port, environment: { TRIVET_PUBLIC_URL: url } })
    try {
      const memory = mcpMemory(app.callback)
      const transport = new StreamableHTTPClientTransport(new URL(`${url}/notes`), { authProvider: memory.provider })
      const client = new Client({ name: 'test', version: '1.0.0' })
      await expect(client.connect(transport as Parameters<Client['connect']>[0])).rejects.toThrow('Unauthorized')
      const { origin, pathname, searchParams } = memory.takeAddress()
      expect(`${origin}${pathname}`).toBe(`${url}/authorize`)
      expect(searchParams.get('resource')).toBe(`${url}/notes`)
      expect(searchParams.get('scope')).toBe('notes:read notes:write')
    } finally {
      await below.stop()
      await rm(directory, { recursive: true, force: true })
    }
  })

  test('without an MCP route nobody registers who is not signed in', async () => {
    await setRoutes('gateway:\n  routes: []\n')
    const memory = mcpMemory(app.callback)
    const answer = await site.client().postJson('/client', memory.provider.clientMetadata)
    expect(answer.status, answer.text).toBe(401)
  })
})

/** With a refresh token at hand this version of the library renews in place of asking (typescript-sdk#2255). */
function withoutRefresh(memory: McpMemory) {
  const { refresh_token: _dropped, ...tokens } = memory.tokens() ?? { access_token: '', token_type: 'Bearer' }
  return tokens
}
