import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openClientSite } from './harness/client-site.ts'
import { createGatewayFile } from './harness/gateway-file.ts'
import { useMcpServer } from './harness/mcp-server.ts'
import { registerPerson, signIn } from './harness/person.ts'
import { freePort } from './harness/product.ts'
import { useSite } from './harness/site.ts'

const inspector = findInspector()
if (inspector === undefined) {
  console.log('MCP_INSPECTOR names no folder with @modelcontextprotocol/inspector: its tests are skipped')
}

const callbackPort = await freePort()
const callback = `http://127.0.0.1:${callbackPort}/oauth/callback`
const makers = await openClientSite({
  client_name: 'Kite for MCP',
  redirect_uris: [callback],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
})
const home = await mkdtemp(join(tmpdir(), 'trivet-inspector-'))
afterAll(async () => {
  await makers.close()
  await rm(home, { recursive: true, force: true })
})

const site = useSite({ environment: makers.environment })
const notes = useMcpServer()
const { write: setRoutes } = createGatewayFile(() => site.product)

const routes = (scopes: string) => `gateway:
  routes:
    - path: /notes
      upstream: ${notes.origin}/mcp
      strip_prefix: true
      mcp: true
      scopes: ${scopes}
`

/** Where `.ci/run` put it: its 110 MB are not among the packages that everybody gets. */
function findInspector(): string | undefined {
  const folder = process.env['MCP_INSPECTOR']
  return folder === undefined
    ? undefined
    : join(folder, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js')
}

type Called = {
  /** What the tool says that the server behind was told. */
  readonly told: Record<string, string>
  /** What people were asked to allow; undefined where nobody was asked. */
  readonly asked: readonly (string | null)[] | undefined
}

/** `mcp-inspector --cli … tools/call whoami`; whoever it sends to sign in allows all that it asks for. */
async function callTool(program: string, more: readonly string[] = []): Promise<Called> {
  const flags = [
    '--cli',
    '--server-url',
    `${site.product.url}/notes`,
    '--transport',
    'http',
    '--callback-url',
    callback,
  ]
  const child = spawn(
    process.execPath,
    [program, ...flags, '--method', 'tools/call', '--tool-name', 'whoami', ...more],
    {
      cwd: home,
      // It opens a browser where it can; here it finds none and says where to go.
      env: { PATH: home, HOME: home, MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file' },
    },
  )
  let [printed, said] = ['', '']
  child.stdout.on('data', (chunk) => (printed += chunk))
  let asked: Promise<Called['asked']> | undefined
  child.stderr.on('data', (chunk) => {
    said += chunk
    const [address] = /http:\/\/localhost:\d+\/authorize\?\S+(?=\s)/.exec(said) ?? []
    if (address !== undefined) asked ??= allow(address)
  })
  const [code] = await once(child, 'close')
  expect(code, said).toBe(0)
  const { content } = JSON.parse(printed) as { content: { text: string }[] }
  return { told: JSON.parse(content[0]?.text ?? '{}'), asked: await asked }
}

async function allow(address: string): Promise<Called['asked']> {
  const { page } = await site.visitor({ apps: [new URL(callback).origin] })
  await page.goto(address)
  await signIn(page, 'mia')
  const asked = await page.locator('#asked li').evaluateAll((all) => all.map((one) => one.getAttribute('data-scope')))
  await page.locator('#consent-allow').click()
  await page.waitForURL(`${callback}*`)
  return asked
}

describe.skipIf(inspector === undefined)(
  '@modelcontextprotocol/inspector --cli, to a stock server behind a route',
  () => {
    const program = inspector ?? ''
    beforeAll(async () => {
      await registerPerson(site.client(), 'mia')
    })

    test('registers, has the person asked, calls a tool; the next time it asks nobody, until told to', async () => {
      await setRoutes(routes('notes:read'))
      const first = await callTool(program)
      expect(first.asked).toContain('notes:read')
      expect(first.told).toMatchObject({ 'x-trivet-username': 'mia' })
      expect(first.told).not.toHaveProperty('authorization')
      expect((await callTool(program)).asked).toBeUndefined()

      await setRoutes(routes('[notes:read, notes:write]'))
      // By itself it goes on with what it has, and is refused.
      const more = await callTool(program, ['--relogin'])
      expect(more.asked).toEqual(expect.arrayContaining(['notes:read', 'notes:write']))
      expect(more.told['x-trivet-scope']?.split(' ')).toEqual(expect.arrayContaining(['notes:read', 'notes:write']))
    })

    test('is known by a document instead', async () => {
      await setRoutes(routes('notes:read'))
      const { told } = await callTool(program, ['--relogin', '--client-metadata-url', makers.address])
      expect(told).toMatchObject({ 'x-trivet-username': 'mia', 'x-trivet-client': makers.address })
    })
  },
)
