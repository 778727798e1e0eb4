import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SandboxConfig } from '#config'
import { capturedLog } from '#testing'
import { keepSandbox } from './index.ts'

const CONFIG: SandboxConfig = {
  mode: 'auto',
  port: 4321,
  external: undefined,
  mount: undefined,
  url: 'http://127.0.0.1:4321',
  browserUrl: 'http://127.0.0.1:4321',
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivet-sandbox-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Notes its process id in a list, then says that it is ready, unless there is a file `broken`. */
async function keep() {
  const program = join(folder, 'sandbox.mjs')
  const list = join(folder, 'pids')
  writeFileSync(
    program,
    `import { appendFileSync, existsSync } from 'node:fs'
    appendFileSync(${JSON.stringify(list)}, process.pid + '\\n')
    if (existsSync(${JSON.stringify(join(folder, 'broken'))})) { console.error('it is broken'); process.exit(1) }
    process.stdin.resume().once('end', () => process.exit(0))
    console.log('ready')`,
  )
  const { log, text } = capturedLog()
  const kept = await keepSandbox({ program, sandbox: CONFIG, directory: join(folder, 'state'), log })
  const pids = () => (existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n').map(Number) : [])
  const kill = () => process.kill(pids().at(-1) ?? 0, 'SIGKILL')
  /** After so many starts the last one is up: its start was noted, or is the first. */
  const started = (times: number) =>
    vi.waitUntil(() => text().split('was started again').length === times, { timeout: 5000, interval: 10 })
  return { ...kept, pids, kill, started, logged: text }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a sandbox that is killed is started again, which is noted, and ends when it is asked to', async () => {
  const sandbox = await keep()
  sandbox.kill()
  await sandbox.started(2)
  const [first = 0, second = 0, ...others] = sandbox.pids()
  expect(others).toEqual([])
  expect([isAlive(first), isAlive(second)]).toEqual([false, true])
  expect(sandbox.logged()).toContain('"level":"warn"')
  await sandbox.stop()
  expect(isAlive(second)).toBe(false)
  expect(sandbox.pids()).toHaveLength(2)
})

test('one that ends again and again is given up, with what to do', async () => {
  const sandbox = await keep()
  for (let times = 2; times <= 4; times += 1) {
    sandbox.kill()
    await sandbox.started(times)
  }
  sandbox.kill()
  expect(await sandbox.gaveUp).toMatch(/ended 4 times within a minute.*TRIVET_SANDBOX=off/)
  expect(sandbox.pids()).toHaveLength(4)
  await sandbox.stop()
})

test('one that does not come up again is given up with its own words', async () => {
  const sandbox = await keep()
  writeFileSync(join(folder, 'broken'), '')
  sandbox.kill()
  expect(await sandbox.gaveUp).toMatch(/ended with code 1. it is broken/)
  await sandbox.stop()
})

test('stopped while it is being started again, nothing stays behind', async () => {
  const sandbox = await keep()
  sandbox.kill()
  await vi.waitUntil(() => sandbox.pids().length === 2, { timeout: 5000, interval: 1 })
  await sandbox.stop()
  expect(sandbox.pids().filter(isAlive)).toEqual([])
})
