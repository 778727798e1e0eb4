import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { type Client, createClient } from './harness/client.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import { processesAt, temporaryFolder } from './harness/machine.ts'
import { freePort, startProduct, startRefused } from './harness/product.ts'
import { launchProgram, runProgram } from './harness/program.ts'
import { agree, isStatus, runIdOf, runUntil } from './harness/runs.ts'
import { sandboxAt } from './harness/sandbox.ts'
import { useSite } from './harness/site.ts'

const PATIENCE = { timeout: 20_000, interval: 100 }

/** One that answers with what it was told, without any account. */
const echo = (id: string, answer: string) => `import { mashup, textField } from 'trivet/mashup'

export default mashup('${id}', {
  title: 'Echo', summary: 'Says it again.', submit: 'Say it', running: 'Saying it', again: 'Again',
  form: { word: textField({ label: 'A word' }) },
  steps: ['Say it'],
  run: async ({ input, step }) => ({ title: await step('Say it', () => ${answer}) }),
})
`

/** Good and bad ones; `good.ts` is what \`trivet new mashup\` writes. */
const FILES = {
  'package.json': '{ "type": "commonjs" }',
  'mashups/syntax.ts': echo('syntax', 'input.word').replace("'Echo',", "'Echo'"),
  'mashups/throws.ts': "import 'trivet/mashup'\n\nthrow new Error('not today')\n",
  'mashups/twin.ts': echo('good', 'input.word'),
  'mashups/forgetful.ts': echo('forgetful', "(void Promise.reject(new Error('nobody waits')), input.word)"),
  'mashups/echo.ts': echo('echo', 'input.word'),
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(folder, 'mashups'), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}

const directory = await mkdtemp(join(tmpdir(), 'trivet-e2e-'))
await write(directory, FILES)
await runProgram(['new', 'mashup', 'good'], { directory, environment: {} })
// Before the site's own, so that it is done after it.
afterAll(() => rm(directory, { recursive: true, force: true }))
const site = useSite({ directory })

async function startEcho(client: Client, id: string, word: string): Promise<string> {
  const { action, fields } = await client.form(`/${id}`, `/${id}/start`)
  const { location } = await client.postForm(action, { ...fields, word })
  return location.split('/').at(-1) ?? ''
}

test('what `trivet new mashup` writes works as it is: form, consent, steps, result, the file in the Drive', async () => {
  const { page } = await site.visitor()
  await page.goto(site.product.url)
  await page.locator('#card-good').click()
  await page.locator('#line').fill('Remember the milk')
  await page.locator('#submit').click()
  await agree(page, 'ana')
  await page.getByRole('heading', { name: 'Your line is in your Drive' }).waitFor()
  const [file] = await site.sandbox.files()
  if (!file) throw new Error('nothing in the Drive')
  expect(file).toMatchObject({ account: 'ana@example.com', name: 'good.txt', mimeType: 'text/plain' })
  expect((await site.sandbox.contentOf(file)).toString()).toBe('Remember the milk')
  await page.goto(`${site.product.url}/runs/${runIdOf(page)}`)
  expect(await page.locator('#steps').textContent()).toContain('as ana@example.com')
})

test('its fields are checked, and it has the JSON API, as mash-ups that ship with Trivet', async () => {
  const client = site.client()
  const { action, fields } = await client.form('/echo', '/echo/start')
  const empty = await client.postForm(action, { ...fields, word: ' ' })
  expect([empty.status, empty.text.includes('A word: write something here.')]).toEqual([422, true])
  const started = await client.postJson('/api/mashups/echo/runs', { word: 'hello' })
  expect(started.status).toBe(202)
  const id = started.location.split('/').at(-1) ?? ''
  expect((await runUntil(client, id, isStatus('succeeded'))).result?.title).toBe('hello')
})

test.each([
  ['syntax.ts', 4, 'SyntaxError'],
  ['throws.ts', 3, 'not today'],
  ['twin.ts', 3, 'twin.ts and good.ts both have the id'],
])(
  '%s is broken: its card says file, line %d and why, and so does the log; the rest works',
  async (file, line, why) => {
    const { page } = await site.visitor()
    await page.goto(site.product.url)
    const text = await page.locator(`[id="broken-${file}"]`).textContent()
    expect(text).toContain(`mashups/${file}:${line}`)
    expect(text).toContain(why)
    expect(site.product.output()).toContain(`Mash-up mashups/${file}:${line} is left out: `)
    expect((await site.client().get('/cats')).status).toBe(200)
  },
)

test('the lines printed at the start name them', () => {
  expect(site.product.output()).toMatch(
    / {2}your mash-ups {3}\/echo, \/forgetful, \/good, mashups\/syntax\.ts:4 \(broken\)/,
  )
})

test('strangers, on a public host, learn that a file is broken and nothing of what is in it', async () => {
  const place = await temporaryFolder()
  await write(place, FILES)
  const port = await freePort()
  const url = `http://trivet.example:${port}`
  const environment = { TRIVET_PUBLIC_URL: url, TRIVET_INSECURE_HTTP: 'on' }
  const product = await startProduct({ directory: place, port, environment })
  onTestFinished(() => product.kill())
  const { text } = await createClient(url).get('/')
  expect(text).toContain('id="broken-throws.ts"')
  expect(text).not.toContain('not today')
  expect(product.output()).toContain('not today')
})

test('a forgotten await in one ends neither the run nor the server', async () => {
  const client = site.client()
  const id = await startEcho(client, 'forgetful', 'still here')
  expect((await runUntil(client, id, isStatus('succeeded'))).result?.title).toBe('still here')
  await expect.poll(site.product.output, PATIENCE).toContain('nobody waits')
  expect((await client.get('/healthz')).status).toBe(200)
})

test('a file that is edited ends its runs that are under way with mashup_changed; Retry does them with the new one', async () => {
  const place = await temporaryFolder()
  await write(place, {})
  await runProgram(['new', 'mashup', 'good'], { directory: place, environment: {} })
  const file = join(place, 'mashups/good.ts')
  const options = { directory: place, port: await freePort(), sandboxPort: await freePort() }
  const first = await startProduct(options)
  const client = createClient(first.url)
  const { action, fields } = await client.form('/good', '/good/start')
  const { location } = await client.postForm(action, { ...fields, line: 'a line' })
  await sandboxAt(first.sandboxUrl).fault({ provider: 'google', on: 'drive.upload', kind: 'slow', seconds: 30 })
  const back = await client.get(await agreeAtSandbox(client, location, 'ana'))
  const id = back.location.split('/').at(-1) ?? ''
  await runUntil(client, id, (run) => run.steps.at(-1)?.status === 'running')
  await first.kill()
  await writeFile(file, (await readFile(file, 'utf8')).replace('Your line is in your Drive', 'Another title'))
  const second = await startProduct(options)
  onTestFinished(() => second.kill())
  const ended = await runUntil(client, id, isStatus('failed'))
  expect(ended.error?.code).toBe('mashup_changed')
  const page = await client.form(`/runs/${id}`, `/runs/${id}/retry`)
  await client.postForm(page.action, page.fields)
  expect((await runUntil(client, id, isStatus('succeeded'))).result?.title).toBe('Another title')
})

test('TRIVET_MASHUPS that is a file stops the start, by name', async () => {
  const place = await temporaryFolder()
  await writeFile(join(place, 'one.ts'), '')
  const refusal = await startRefused({ TRIVET_MASHUPS: 'one.ts' }, place)
  expect(refusal.code).toBe(1)
  expect(refusal.output).toContain('TRIVET_MASHUPS is ')
})

test('trivet dev: starts again for a new file, an edited one and .env; waits where it cannot start; ends in good order', async () => {
  const place = await temporaryFolder()
  const [port, sandboxPort] = [await freePort(), await freePort()]
  const settings = `PORT=${port}\nTRIVET_SANDBOX_PORT=${sandboxPort}\n`
  await writeFile(join(place, '.env'), settings)
  const supervisor = launchProgram('main.js', { directory: place, arguments: ['dev'] })
  let printed = ''
  for (const stream of [supervisor.stdout, supervisor.stderr]) stream?.on('data', (chunk) => (printed += chunk))
  const exited = once(supervisor, 'exit')
  onTestFinished(() => void supervisor.kill('SIGKILL'))
  const times = (words: string) => () => printed.split(words).length - 1
  const client = createClient(`http://localhost:${port}`)
  const page = async () => (await client.get('/echo').catch(() => undefined))?.text ?? ''

  await expect.poll(times('Trivet is ready'), PATIENCE).toBe(1)
  await write(place, { 'mashups/echo.ts': echo('echo', 'input.word') })
  await expect.poll(page, PATIENCE).toContain('A word')
  await write(place, { 'mashups/echo.ts': echo('echo', 'input.word').replace('A word', 'Your word') })
  await expect.poll(page, PATIENCE).toContain('Your word')

  await writeFile(join(place, '.env'), `${settings}PORT=none\n`)
  await expect.poll(times('Trivet ended (1). It starts again when'), PATIENCE).toBe(1)
  expect(printed).toContain('PORT is "none"')
  await writeFile(join(place, '.env'), settings)
  await expect.poll(page, PATIENCE).toContain('Your word')

  supervisor.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  await expect.poll(() => processesAt(place), PATIENCE).toEqual([])
})

test('trivet dev: a server whose supervisor was killed ends, and so does one in an endless loop when a file changes', async () => {
  const place = await temporaryFolder()
  await write(place, { 'mashups/loop.ts': 'for (;;) {}\n' })
  const environment = { PORT: String(await freePort()), TRIVET_SANDBOX_PORT: String(await freePort()) }
  const supervisor = launchProgram('main.js', { directory: place, arguments: ['dev'], environment })
  let printed = ''
  for (const stream of [supervisor.stdout, supervisor.stderr]) stream?.on('data', (chunk) => (printed += chunk))
  await expect.poll(async () => (await processesAt(place)).length, PATIENCE).toBeGreaterThan(1)
  await write(place, { 'mashups/loop.ts': echo('loop', 'input.word') })
  await expect.poll(() => printed, PATIENCE).toContain('Trivet is ready')
  supervisor.kill('SIGKILL')
  await expect.poll(() => processesAt(place), PATIENCE).toEqual([])
})

test('on a Node that is too old it says which one it needs', async () => {
  const place = await temporaryFolder()
  const old =
    "--import=data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.11.1'}})"
  const program = { directory: place, environment: { NODE_OPTIONS: old } }
  const child = launchProgram('trivet.js', program)
  let printed = ''
  child.stderr?.on('data', (chunk) => (printed += chunk))
  const [code] = await once(child, 'close')
  expect(printed).toMatch(/^Trivet needs Node 24\.7 or newer; this is v/)
  expect(code).toBe(1)
})
