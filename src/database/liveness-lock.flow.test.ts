import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Secret } from '#base'
import { silentLog, type TestDatabase, testDatabase } from '#testing'
import { query } from './blank-database.fixture.ts'
import { cableTo } from './cable.fixture.ts'
import { openLivenessLock } from './liveness-lock.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const key = (id: string) => `test:${id}`

async function lockOf(id: string, url: Secret = test.url) {
  const lock = await openLivenessLock({ url, key, id, log: silentLog })
  onTestFinished(() => lock.release())
  return lock
}

/** Whether anybody holds the lock of this id, asked by a third connection. */
async function isHeld(id: string): Promise<boolean> {
  const [row] = await query(
    test.url,
    `select pg_try_advisory_lock(hashtextextended($1, 0)) as free, pg_advisory_unlock_all()`,
    [key(id)],
  )
  return row?.['free'] === false
}

async function takesOver(lock: Awaited<ReturnType<typeof lockOf>>, id: string): Promise<boolean> {
  const work = vi.fn(async () => undefined)
  const ran = await lock.ifDead(id, work)
  expect(work).toHaveBeenCalledTimes(ran ? 1 : 0)
  return ran
}

const KILL = `select pg_terminate_backend(pid) from pg_locks
  where locktype = 'advisory' and classid = (hashtextextended($1, 0) >> 32 & 4294967295)::oid
    and objid = (hashtextextended($1, 0) & 4294967295)::oid`

describe('while a process lives', () => {
  it('holds its lock, and nobody takes it for dead', async () => {
    const [a, b] = [await lockOf('alive-a'), await lockOf('alive-b')]
    expect([a.held(), b.held()]).toEqual([true, true])
    expect(await takesOver(a, 'alive-b')).toBe(false)
    expect(await takesOver(b, 'alive-a')).toBe(false)
  })

  it('does not take itself for dead: a session may take its own lock a second time (PostgreSQL 13.3.5)', async () => {
    const lock = await lockOf('self')
    expect(await takesOver(lock, 'self')).toBe(false)
    expect(await isHeld('self')).toBe(true)
  })
})

describe('when a process is dead', () => {
  it('ended in an orderly way: it can be taken over at once', async () => {
    const [a, b] = [await lockOf('end-a'), await lockOf('end-b')]
    await b.release()
    expect(b.held()).toBe(false)
    expect(await takesOver(a, 'end-b')).toBe(true)
  })

  it('killed with SIGKILL: the kernel closes its socket, and it can be taken over', async () => {
    const program = `
      const { openLivenessLock } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'liveness-lock.ts')).href)})
      const { Secret } = await import('#base')
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      const lock = await openLivenessLock({ url: new Secret(process.env.URL), key: (id) => 'test:' + id, id: 'victim', log })
      process.stdout.write(String(lock.held()))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { URL: test.url.reveal() },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    expect(String(await once(child.stdout, 'data'))).toBe('true')
    const me = await lockOf('me')
    expect(await takesOver(me, 'victim')).toBe(false)
    child.kill('SIGKILL')
    await vi.waitUntil(() => takesOver(me, 'victim'), { timeout: 3000, interval: 20 })
  })

  it('is taken over by one only: the others find its lock taken as long as that lasts', async () => {
    const locks = await Promise.all(['r1', 'r2', 'r3'].map((id) => lockOf(id)))
    let [running, most, ran] = [0, 0, 0]
    const results = await Promise.all(
      locks.map((lock) =>
        lock.ifDead('gone', async () => {
          ran += 1
          running += 1
          most = Math.max(most, running)
          await sleep(100)
          running -= 1
        }),
      ),
    )
    expect({ most, ran }).toEqual({ most: 1, ran: 1 })
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await isHeld('gone')).toBe(false)
  })

  it('is free again when the take-over fails, so that the next one may try', async () => {
    const lock = await lockOf('tries')
    await expect(
      lock.ifDead('gone-2', async () => {
        throw new Error('not now')
      }),
    ).rejects.toThrow('not now')
    expect(await isHeld('gone-2')).toBe(false)
    expect(await takesOver(lock, 'gone-2')).toBe(true)
  })
})

describe('when only the connection is lost', () => {
  it('knows that it may look dead, judges nobody meanwhile, and takes its lock again', async () => {
    const lock = await lockOf('flaky')
    await query(test.url, KILL, [key('flaky')])
    await vi.waitUntil(() => !lock.held(), { timeout: 5000, interval: 5 })
    expect(await takesOver(lock, 'nobody-ever')).toBe(false)
    await vi.waitUntil(() => lock.held(), { timeout: 3000 })
    expect(await isHeld('flaky')).toBe(true)
    expect(await takesOver(lock, 'nobody-ever')).toBe(true)
  })

  it('waits while another connection has its lock, and takes it as soon as it is free', async () => {
    const first = await lockOf('twin')
    const second = await lockOf('twin')
    expect([first.held(), second.held()]).toEqual([true, false])
    expect(await takesOver(second, 'nobody-ever')).toBe(false)
    await first.release()
    await vi.waitUntil(() => second.held(), { timeout: 3000 })
  })
})

describe('release', () => {
  it('ends it for good: it is not taken again', async () => {
    const lock = await lockOf('over')
    await lock.release()
    await sleep(300)
    expect(lock.held()).toBe(false)
    expect(await isHeld('over')).toBe(false)
  })

  it('in the middle of taking it again leaves no lock behind', async () => {
    const cable = await cableTo(test.url)
    const lock = await lockOf('leaving', cable.url)
    cable.hold()
    await query(test.url, KILL, [key('leaving')])
    cable.letGo()
    await vi.waitUntil(() => !lock.held(), { timeout: 5000, interval: 2 })
    cable.hold()
    // The retake has begun and hears nothing yet.
    await vi.waitUntil(() => cable.count() > 0, { timeout: 3000 })
    const releasing = lock.release()
    cable.letGo()
    await releasing
    await sleep(200)
    expect(lock.held()).toBe(false)
    expect(await isHeld('leaving')).toBe(false)
  })
})
