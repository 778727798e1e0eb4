import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startEmbeddedPostgres } from './index.ts'
import { directoryForAll, isGone, silent, startOwner, timeToEnd } from './machine.fixture.ts'

const directory = directoryForAll()
const pidFile = () => join(directory(), 'cluster', 'data', 'postmaster.pid')

/** Starts and stops once, and leaves behind the lock file of that server with another pid in it. */
async function leavePidFile(pid: number): Promise<void> {
  const started = await startEmbeddedPostgres({ directory: directory(), log: silent })
  const lines = (await readFile(pidFile(), 'utf8')).split('\n')
  await started.stop()
  await writeFile(pidFile(), [String(pid), ...lines.slice(1)].join('\n'))
}

async function startsAgain(): Promise<number> {
  const begin = performance.now()
  const started = await startEmbeddedPostgres({ directory: directory(), log: silent })
  const time = performance.now() - begin
  await started.stop()
  return time
}

/** The leash: the shell that PostgreSQL hangs on, and the shell's half that listens for the owner's end. */
async function leashOf(server: number): Promise<{ shell: number; listener: number }> {
  const stat = await readFile(`/proc/${server}/stat`, 'utf8')
  const shell = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  const children = await readFile(`/proc/${shell}/task/${shell}/children`, 'utf8')
  const listener = children
    .trim()
    .split(' ')
    .map(Number)
    .find((pid) => pid !== server)
  if (listener === undefined) throw new Error('no listener')
  return { shell, listener }
}

test('kill -9 of the owner: the server ends cleanly by itself, the directory is free at once', async () => {
  const owner = startOwner(directory())
  const pid = Number((await owner.line())['pid'])
  await owner.kill('SIGKILL')
  // Not waiting for the server's end: the new start has to cope with one that is just stopping.
  expect(await startsAgain()).toBeLessThan(3000)
  expect(await isGone(pid)).toBe(true)

  const next = startOwner(directory())
  const nextPid = Number((await next.line())['pid'])
  await next.kill('SIGKILL')
  expect(await timeToEnd(nextPid)).toBeLessThan(2000)
  // Clean: it removed its lock file, so the next start needs no recovery.
  await expect(readFile(pidFile())).rejects.toMatchObject({ code: 'ENOENT' })
})

test('kill -9 of the owner and of the server at once: a new start works at once', async () => {
  for (const order of ['owner first', 'server first']) {
    const owner = startOwner(directory())
    const pid = Number((await owner.line())['pid'])
    if (order === 'server first') process.kill(pid, 'SIGKILL')
    const end = owner.kill('SIGKILL')
    if (order === 'owner first') process.kill(pid, 'SIGKILL')
    await end
    expect(await startsAgain(), order).toBeLessThan(6000)
  }
})

test('kill -9 of the server: `died` tells, and a new start in the same process works at once', async () => {
  const started = await startEmbeddedPostgres({ directory: directory(), log: silent })
  // A backend in the middle of something holds the old shared memory until it notices.
  const client = new pg.Client({ connectionString: started.url.reveal() })
  client.on('error', () => {})
  await client.connect()
  const lost = client.query('select pg_sleep(30)').catch((error: Error) => error.message)
  process.kill(started.pid, 'SIGKILL')
  expect(await started.died).toMatch(/ended by itself \(status 137\).*ready to accept connections/s)
  const begin = performance.now()
  const again = await startEmbeddedPostgres({ directory: directory(), log: silent })
  expect(performance.now() - begin).toBeLessThan(6000)
  expect(await lost).toMatch(/terminated|closed/)
  await started.stop()
  await again.stop()
})

test('`died` stays silent after stop()', async () => {
  const started = await startEmbeddedPostgres({ directory: directory(), log: silent })
  await started.stop()
  expect(await Promise.race([started.died, sleep(200, 'silent')])).toBe('silent')
})

test('stop() does not wait for clients', async () => {
  const started = await startEmbeddedPostgres({ directory: directory(), log: silent })
  const client = new pg.Client({ connectionString: started.url.reveal() })
  client.on('error', () => {})
  await client.connect()
  const begin = performance.now()
  await started.stop()
  expect(performance.now() - begin).toBeLessThan(2000)
  expect(await isGone(started.pid)).toBe(true)
})

test('Ctrl-C reaches the whole process group, but the server stays until its owner has drained', async () => {
  const owner = startOwner(directory(), { detached: true })
  const pid = Number((await owner.line())['pid'])
  const group = owner.process.pid
  if (group === undefined) throw new Error('not started')
  process.kill(-group, 'SIGINT')
  expect(await owner.line()).toEqual({ drained: [{ one: 1 }] })
  expect(await timeToEnd(pid)).toBeLessThan(2000)
})

test('a server that lost both owner and leash is stopped by the next start, its data kept', async () => {
  const owner = startOwner(directory())
  const { pid, url } = await owner.line()
  const client = new pg.Client({ connectionString: String(url) })
  client.on('error', () => {})
  await client.connect()
  await client.query('create table if not exists kept as select 7 as seven')
  const { shell, listener } = await leashOf(Number(pid))
  for (const lost of [owner.process.pid ?? 0, listener, shell]) process.kill(lost, 'SIGKILL')
  await sleep(100)
  expect(await isGone(Number(pid))).toBe(false)

  const started = await startEmbeddedPostgres({ directory: directory(), log: silent })
  expect(started.pid).not.toBe(pid)
  expect(await isGone(Number(pid))).toBe(true)
  const fresh = new pg.Client({ connectionString: started.url.reveal() })
  await fresh.connect()
  expect((await fresh.query('select seven from kept')).rows).toEqual([{ seven: 7 }])
  await fresh.end()
  await started.stop()
})

test('a lock file whose pid belongs to another process by now (reboot, container) does not stop the start', async () => {
  await leavePidFile(process.pid)
  expect(await startsAgain()).toBeLessThan(2000)
})

test('a lock file whose pid is a zombie that nobody collects does not stop the start', async () => {
  // The shell's child ends after the shell has become `sleep`, which never waits for it.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const zombie = await new Promise<number>((resolve) => parent.stdout.once('data', (chunk) => resolve(Number(chunk))))
  await leavePidFile(zombie)
  await timeToEnd(zombie)
  expect(await isGone(zombie)).toBe(true)
  expect(() => process.kill(zombie, 0)).not.toThrow()
  expect(await startsAgain()).toBeLessThan(2000)
})

test('a lock file that is cut off, or of a pid long gone, does not stop the start', async () => {
  await leavePidFile(0x3ffffe)
  await startsAgain()
  await writeFile(pidFile(), '')
  await startsAgain()
  expect(await readdir(directory())).toEqual(['cluster'])
})
