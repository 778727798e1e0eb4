import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { StartError } from '#base'
import { startEmbeddedPostgres } from './index.ts'
import { lockDirectory } from './lock.ts'
import { placeInside, placeOutside } from './lock-place.ts'
import { directoryForAll, silent, startOwner, temporaryFolder } from './machine.fixture.ts'

const shared = directoryForAll()

test('a second start on the same directory is told who has it and what to do', async () => {
  const directory = shared()
  const owner = startOwner(directory)
  const { pid } = await owner.line()
  const begin = performance.now()
  const second = await startEmbeddedPostgres({ directory, log: silent }).catch((error: unknown) => error)
  expect(performance.now() - begin).toBeLessThan(1000)
  expect(second).toBeInstanceOf(StartError)
  const message = String(second)
  expect(message).toContain(`in use by another Trivet process (pid ${owner.process.pid})`)
  expect(message).toContain(directory)
  expect(message).toContain('TRIVET_DATA_DIR')
  // The first one was not disturbed.
  expect(() => process.kill(Number(pid), 0)).not.toThrow()
  await owner.stop()
  const third = await startEmbeddedPostgres({ directory, log: silent })
  await third.stop()
})

test('an owner that is stopped (SIGSTOP) still owns', async () => {
  const directory = shared()
  const owner = startOwner(directory)
  await owner.line()
  owner.process.kill('SIGSTOP')
  await expect(lockDirectory(directory)).rejects.toThrow(`pid ${owner.process.pid}`)
  await owner.kill('SIGKILL')
  const next = await lockDirectory(directory)
  next.release()
})

test('of many that come at once never two get in, and one does', async () => {
  const directory = await temporaryFolder()
  for (let round = 0; round < 5; round++) {
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => lockDirectory(directory)))
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(locks).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StartError)
    locks[0]?.release()
  }
  expect(await readdir(directory)).toEqual([])
})

test('two processes that start at once on a new directory: one runs, the other is refused', async () => {
  const directory = join(await temporaryFolder(), 'postgres')
  const owners = [startOwner(directory), startOwner(directory)]
  const lines = await Promise.all(owners.map((owner) => owner.line()))
  expect(lines.filter((line) => 'port' in line)).toHaveLength(1)
  expect(lines.filter((line) => String(line['refused']).includes('in use by'))).toHaveLength(1)
})

test('what killed owners left behind, or a backup copied as a plain file, is no owner', async () => {
  const directory = await temporaryFolder()
  await writeFile(join(directory, `owner-${process.pid}-0123456789abcdef`), '')
  const lock = await lockDirectory(directory)
  expect(await readdir(directory)).toHaveLength(1)
  lock.release()
  lock.release()
  expect(await readdir(directory)).toEqual([])
})

test('a path longer than a socket address (108 bytes) is locked as well', async () => {
  const directory = join(await temporaryFolder(), 'x'.repeat(120), 'y'.repeat(120))
  await mkdir(directory, { recursive: true })
  const lock = await lockDirectory(directory)
  await expect(lockDirectory(directory)).rejects.toThrow(`pid ${process.pid}`)
  lock.release()
  const next = await lockDirectory(directory)
  next.release()
})

test('the place for file systems without sockets is one per directory, whatever path leads there', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'a'))
  await mkdir(join(folder, 'b'))
  const place = placeOutside(join(folder, 'a'))
  const other = placeOutside(join(folder, 'b'))
  expect(placeOutside(join(folder, 'b', '..', 'a')).folder).toBe(place.folder)
  expect(other.folder).not.toBe(place.folder)
  expect(placeInside(folder).folder).toBe(folder)
  await rmdir(place.folder)
  await rmdir(other.folder)
})
