import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { generateId, makeBytes, uploadMultipart } from './testing/drive.ts'
import { bearer, connect, json, makeFolder, misbehave, refresh, request } from './testing/index.ts'

const MAIN = join(import.meta.dirname, 'main.ts')

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

/** Starts a process and waits for the line that says where it listens. */
async function start(...args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = run('--port', '0', ...args)
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += chunk
    if (text.endsWith('\n')) break
  }
  const { ready } = JSON.parse(text) as { ready: string }
  return { child, url: ready }
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code, stderr }
}

test('prints one line of JSON when ready, and listens on loopback', async () => {
  const { url } = await start('--state', await makeFolder())
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await request(`${url}/google/oauth2/v3/certs`)).status).toBe(200)
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it cleanly', async (signal) => {
  const { child } = await start('--state', await makeFolder())
  const end = endOf(child)
  child.kill(signal)
  expect(await end).toEqual({ code: 0, stderr: '' })
})

test('on a leash it ends with its stdin', async () => {
  const { child } = await start('--leash', '--state', await makeFolder())
  const end = endOf(child)
  child.stdin?.end()
  expect(await end).toEqual({ code: 0, stderr: '' })
})

test('a taken port: one line on stderr, exit code 1', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    other.close()
  })
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const { code, stderr } = await endOf(run('--port', port, '--state', await makeFolder()))
  expect(code).toBe(1)
  expect(stderr).toBe('sandbox: the port is taken\n')
})

test.each([[[]], [['--state', 'x', '--port', 'high']], [['--state', 'x', '--base-url', 'nowhere']], [['--nonsense']]])(
  'arguments that make no sense: usage, exit code 2: %j',
  async (args) => {
    const { code, stderr } = await endOf(run(...args))
    expect(code).toBe(2)
    expect(stderr).toContain('usage:')
  },
)

test('a second sandbox on the same folder is refused; a lock left by a kill is not in the way', async () => {
  const state = await makeFolder()
  const { child } = await start('--state', state)
  const second = await endOf(run('--port', '0', '--state', state))
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`in use by process ${child.pid}`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await start('--state', state)
})

test('everything that was answered survives kill -9', async () => {
  const state = await makeFolder()
  const first = await start('--state', state)
  const tokens = await connect(first.url)
  const id = await generateId(first.url, tokens)
  const bytes = makeBytes(200_000)
  const file = await json(uploadMultipart(first.url, tokens, { id, name: 'cat.jpg' }, bytes))
  await misbehave(first.url, { provider: 'thecatapi', on: 'breeds', kind: 'html' })
  const keys = await json(request(`${first.url}/google/oauth2/v3/certs`))
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  writeFileSync(join(state, 'google/incoming/body-left-over'), 'half a body')

  const { url } = await start('--state', state)
  expect(
    await json(request(`${url}/google/drive/v3/files/${id}?fields=md5Checksum`, { headers: bearer(tokens) })),
  ).toEqual({
    md5Checksum: file['md5Checksum'],
  })
  const content = await request(`${url}/google/drive/files/${id}/content`)
  expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true)
  expect((await refresh(url, tokens.refresh_token)).status).toBe(200)
  expect((await uploadMultipart(url, tokens, { id }, bytes)).status).toBe(409)
  expect(await json(request(`${url}/google/oauth2/v3/certs`))).toEqual(keys)
  expect(await (await request(`${url}/faults`)).json()).toMatchObject([{ kind: 'html' }])
})

test('killed at random moments while uploads run: every answered upload is there whole, once', async () => {
  const state = await makeFolder()
  const answered = new Map<string, unknown>()
  for (let round = 0; round < 4; round++) {
    const { child, url } = await start('--state', state)
    const tokens = await connect(url)
    const stop = setTimeout(() => child.kill('SIGKILL'), 150 + round * 90)
    const uploads = Array.from({ length: 4 }, async () => {
      for (;;) {
        const id = await generateId(url, tokens)
        const file = await json(uploadMultipart(url, tokens, { id }, makeBytes(50_000)))
        answered.set(id, file['md5Checksum'])
      }
    })
    await Promise.allSettled(uploads)
    clearTimeout(stop)
  }
  expect(answered.size).toBeGreaterThan(0)
  const { url } = await start('--state', state)
  const { google } = (await json(request(`${url}/state`))) as {
    google: { files: { id: string; md5Checksum: string }[] }
  }
  const held = new Map(google.files.map((file) => [file.id, file.md5Checksum]))
  expect(held.size).toBe(google.files.length)
  for (const [id, md5] of answered) expect(held.get(id)).toBe(md5)
  for (const id of held.keys()) {
    const bytes = await (await request(`${url}/google/drive/files/${id}/content`)).arrayBuffer()
    expect(bytes.byteLength).toBe(50_000)
  }
})
