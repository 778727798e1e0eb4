import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { StartError } from '#base'
import type { SandboxConfig } from '#config'
import { capturedLog, silentLog } from '#testing'
import { startSandbox } from './index.ts'

const CONFIG: SandboxConfig = {
  mode: 'auto',
  port: 4321,
  external: undefined,
  mount: '/sandbox',
  url: 'http://127.0.0.1:4321',
  browserUrl: 'https://trivet.example/sandbox',
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivet-sandbox-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program in the sandbox's place: notes how it was started, then does `rest`. */
function program(rest: string): string {
  const path = join(folder, 'sandbox.mjs')
  const note = { pid: 'process.pid', flags: 'process.argv.slice(2)', env: 'process.env' }
  const members = Object.entries(note).map(([name, value]) => `${name}: ${value}`)
  writeFileSync(
    path,
    `import { writeFileSync } from 'node:fs'
    writeFileSync(${JSON.stringify(join(folder, 'note.json'))}, JSON.stringify({ ${members.join(', ')} }))
    ${rest}`,
  )
  return path
}

const GOOD = `process.stdin.resume().once('end', () => process.exit(0)); console.log('{"ready":"x"}')`

type Note = { pid: number; flags: string[]; env: Record<string, string> }
const note = (): Note => JSON.parse(readFileSync(join(folder, 'note.json'), 'utf8'))
const start = (path: string, log = silentLog) =>
  startSandbox({ program: path, sandbox: CONFIG, directory: join(folder, 'state'), log })

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('starting', () => {
  it('says port, state folder and outside address, in a folder that is ours alone', async () => {
    const sandbox = await start(program(GOOD))
    const directory = join(folder, 'state')
    expect(note().flags).toEqual([
      ...['--port', '4321', '--state', directory, '--base-url', 'https://trivet.example/sandbox', '--leash'],
    ])
    expect((statSync(directory).mode & 0o777).toString(8)).toBe('700')
    await sandbox.stop()
  })

  it('hands over no environment: a stand-in gets no real secret', async () => {
    vi.stubEnv('GOOGLE_CLIENT_SECRET', 'hunter2')
    onTestFinished(() => void vi.unstubAllEnvs())
    const sandbox = await start(program(GOOD))
    expect(JSON.stringify(note().env)).not.toContain('hunter2')
    expect(note().env).not.toHaveProperty('PATH')
    await sandbox.stop()
  })

  it.each([
    ['ends at once', `console.error('port is taken'); process.exit(1)`, /ended with code 1\. port is taken/],
    ['throws', `throw new Error('state is locked')`, /ended with code 1.*state is locked/s],
    ['is killed', `process.kill(process.pid, 'SIGKILL')`, /ended/],
  ])('stops the start when it %s: with its own words, and what to do', async (_title, code, says) => {
    const started = start(program(code))
    await expect(started).rejects.toBeInstanceOf(StartError)
    await expect(started).rejects.toThrow(says)
    await expect(started).rejects.toThrow(/4321.*TRIVET_SANDBOX_PORT.*TRIVET_SANDBOX=off/s)
  })

  it('stops the start when it was never built', async () => {
    await expect(start(join(folder, 'missing.js'))).rejects.toBeInstanceOf(StartError)
  })
})

describe('while it runs', () => {
  it('its words go to the log at level debug', async () => {
    const { log, text } = capturedLog()
    const sandbox = await start(program(`console.error('a fault was used'); ${GOOD}`), log)
    await vi.waitUntil(() => text().includes('a fault was used'), { timeout: 5000 })
    expect(text()).toContain('"level":"debug"')
    await sandbox.stop()
  })

  it('its end is noted as a warning, and stopping is still fine', async () => {
    const { log, text } = capturedLog()
    const sandbox = await start(program(`${GOOD}; setTimeout(() => process.exit(3), 20)`), log)
    await vi.waitUntil(() => text().includes('The sandbox has ended'), { timeout: 5000 })
    expect(text()).toContain('"level":"warn"')
    expect(text()).toContain('"code":3')
    await sandbox.stop()
    await sandbox.stop()
  })

  it('does not get the signals of the terminal: Ctrl-C reaches us alone', async () => {
    const sandbox = await start(program(GOOD))
    const { pid } = note()
    if (existsSync(`/proc/${pid}/stat`)) {
      const group = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')[2]
      expect(group).toBe(String(pid))
    }
    await sandbox.stop()
  })
})

describe('ending', () => {
  it('is asked for by closing its input, waited for, and not noted as trouble', async () => {
    const { log, text } = capturedLog()
    const end = join(folder, 'ended')
    const slow = `process.stdin.resume().once('end', () => setTimeout(() => {
      writeFileSync(${JSON.stringify(end)}, ''); process.exit(0) }, 50)); console.log('ready')`
    const sandbox = await start(program(slow), log)
    const { pid } = note()
    await sandbox.stop()
    expect(existsSync(end)).toBe(true)
    expect(isAlive(pid)).toBe(false)
    expect(text()).not.toContain('warn')
  })

  it('comes by itself when we die in any way, SIGKILL included', async () => {
    const path = program(GOOD)
    const owner = `
      const { startSandbox } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'index.ts')).href)})
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      await startSandbox({ program: ${JSON.stringify(path)}, sandbox: ${JSON.stringify(CONFIG)},
        directory: ${JSON.stringify(join(folder, 'state'))}, log })
      console.log('up')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', owner], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    const { pid } = note()
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    await vi.waitUntil(() => !isAlive(pid), { timeout: 3000, interval: 20 })
  })
})
