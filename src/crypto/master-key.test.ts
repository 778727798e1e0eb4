import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret, StartError } from '#base'
import { parseKeyring } from './keyring.ts'
import { loadKeyring } from './master-key.ts'

let parent: string
let dataDir: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'trivet-key-'))
  dataDir = join(parent, 'data')
  mkdirSync(dataDir)
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

const load = () => loadKeyring({ setting: undefined, dataDir })
const file = () => join(dataDir, 'master-key')
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('the master key in the data directory', () => {
  it('is made at the first start, mode 0600', async () => {
    const ring = await load()
    expect(modeOf(file())).toBe('600')
    expect(parseKeyring(readFileSync(file(), 'utf8').trim())).toEqual(ring)
    expect(ring.sealing.id).toMatch(/^k[0-9a-f]{8}$/)
    expect(readdirSync(dataDir)).toEqual(['master-key'])
  })

  it('is the same at the next start, and differs between installations, in its id too', async () => {
    const first = await load()
    expect(await load()).toEqual(first)
    const elsewhere = await loadKeyring({ setting: undefined, dataDir: parent })
    expect(elsewhere.sealing.id).not.toBe(first.sealing.id)
    expect(elsewhere.sealing.bytes.equals(first.sealing.bytes)).toBe(false)
  })

  it('gets its mode back when a copy or a restore left it readable for others', async () => {
    await load()
    chmodSync(file(), 0o644)
    await load()
    expect(modeOf(file())).toBe('600')
  })

  it('is not made where the setting gives one', async () => {
    const ring = await load()
    rmSync(file())
    const setting = new Secret(`${ring.sealing.id}:${ring.sealing.bytes.toString('base64url')}`)
    expect(await loadKeyring({ setting, dataDir })).toEqual(ring)
    expect(readdirSync(dataDir)).toEqual([])
  })

  it.each(['', 'garbage', 'k1:short'])('that was damaged (%j) stops the start and is left as it is', async (text) => {
    writeFileSync(file(), text)
    await expect(load()).rejects.toBeInstanceOf(StartError)
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  it('that cannot be read stops the start with its path; no new one is made in its place', async () => {
    mkdirSync(file(), { recursive: true })
    await expect(load()).rejects.toThrow(StartError)
    await expect(load()).rejects.toThrow(file())
    expect(statSync(file()).isDirectory()).toBe(true)
  })

  it('that cannot be written stops the start with its path and what to do', async () => {
    rmSync(dataDir, { recursive: true })
    symlinkSync(join(parent, 'unmounted volume'), dataDir)
    await expect(load()).rejects.toThrow(StartError)
    await expect(load()).rejects.toThrow(/master-key .*permissions.*TRIVET_DATA_DIR/)
  })
})

describe('two starts at once', () => {
  it('in one process agree on one key, whole, and leave no drafts', async () => {
    for (let round = 0; round < 10; round += 1) {
      const rings = await Promise.all(Array.from({ length: 8 }, load))
      const stored = readFileSync(file(), 'utf8').trim()
      for (const ring of rings) expect(ring).toEqual(parseKeyring(stored))
      expect(readdirSync(dataDir)).toEqual(['master-key'])
      rmSync(file())
    }
  })

  it('of two processes agree on one key', async () => {
    const program = `
      const { loadKeyring } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'master-key.ts')).href)})
      process.stdout.write('ready\\n')
      process.stdin.once('data', async () => {
        const { sealing } = await loadKeyring({ setting: undefined, dataDir: ${JSON.stringify(dataDir)} })
        process.stdout.write(sealing.id + ':' + sealing.bytes.toString('base64url'))
        process.exit()
      })`
    const children = [1, 2].map(() => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' })
      child.stderr.on('data', (text) => expect.unreachable(String(text)))
      return child
    })
    const answers = children.map(async (child) => {
      const said: string[] = []
      child.stdout.on('data', (text) => said.push(String(text)))
      await once(child.stdout, 'data')
      return async () => {
        child.stdin.write('go')
        await once(child, 'close')
        return said.join('').replace('ready\n', '')
      }
    })
    const go = await Promise.all(answers)
    const [a, b] = await Promise.all(go.map((start) => start()))
    expect(a).toMatch(/^k[0-9a-f]{8}:[\w-]{43}$/)
    expect(b).toBe(a)
    expect(readFileSync(file(), 'utf8').trim()).toBe(a)
    expect(readdirSync(dataDir)).toEqual(['master-key'])
  })
})
