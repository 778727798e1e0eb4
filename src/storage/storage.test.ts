import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure, newId } from '#base'
import type { Database } from '#database'
import { silentLog, type TestDatabase, testDatabase } from '#testing'
import { createStorage, type FileToWrite, type Storage } from './storage.ts'

let directory: string
let real: TestDatabase
let database: Database

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-storage-'))
  real = await testDatabase()
  database = real.database
})

afterAll(async () => {
  await real?.close()
  await rm(directory, { recursive: true, force: true })
})

type Runs = { run: { id: string; owner_id: string; mashup: string; version: string; input: string; status: string } }

async function person(): Promise<{ ownerId: string; runId: string }> {
  const { ownerId } = await real.guest()
  const run = { id: newId(), owner_id: ownerId, mashup: 'cats', version: '1', input: '{}', status: 'running' }
  await database.tables<Runs>().insertInto('run').values(run).execute()
  return { ownerId, runId: run.id }
}

/** A storage with a directory of its own. */
async function fresh(): Promise<{ storage: Storage; files: string }> {
  const files = join(directory, newId())
  return { files, storage: createStorage({ database, directory: files, cacheBytes: 1000, log: silentLog }) }
}

function cat(owner: { ownerId: string; runId: string }, more: Partial<FileToWrite> = {}): FileToWrite {
  return { source: Buffer.from('meow'), name: 'cat.jpg', type: 'image/jpeg', maxBytes: 1000, ...owner, ...more }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof Failure) return error.data.code
  throw error
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

describe('a file', () => {
  test('comes back as it was, with name, type, size, hash and whose it is', async () => {
    const { storage } = await fresh()
    const owner = await person()
    const source = Readable.from([Buffer.from('me'), Buffer.from('ow')])
    const ref = await storage.write(cat(owner, { source }))
    expect(ref).toEqual({
      id: ref.id,
      name: 'cat.jpg',
      type: 'image/jpeg',
      size: 4,
      sha256: createHash('sha256').update('meow').digest('hex'),
    })
    expect(JSON.parse(JSON.stringify(ref))).toEqual(ref)
    const opened = await storage.open(ref.id)
    expect(opened).toMatchObject({ ref, ...owner })
    expect(Buffer.concat((await opened?.stream().toArray()) ?? []).toString()).toBe('meow')
    expect((await storage.read(ref)).toString()).toBe('meow')
  })

  test('lies below a path of ids only, never of what a person wrote', async () => {
    const { storage, files } = await fresh()
    const owner = await person()
    const ref = await storage.write(cat(owner, { name: '../../etc/passwd' }))
    expect(await filesBelow(files)).toEqual([join(files, 'run', owner.runId, ref.id)])
    const loose = await storage.write(cat(owner, { runId: null }))
    expect(await filesBelow(files)).toContain(join(files, 'file', loose.id))
  })

  test('is in directories that nobody else on the machine can look into', async () => {
    const { storage, files } = await fresh()
    await storage.write(cat(await person()))
    const directories = (await readdir(files, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isDirectory(),
    )
    const paths = [files, ...directories.map((one) => join(one.parentPath, one.name))]
    expect(paths.length).toBeGreaterThan(3)
    for (const path of paths) expect([path, (await stat(path)).mode & 0o777]).toEqual([path, 0o700])
  })

  test('written again with the same id is one file with the new content', async () => {
    const { storage, files } = await fresh()
    const owner = await person()
    const id = newId()
    await storage.write(cat(owner, { id }))
    const again = await storage.write(cat(owner, { id, source: Buffer.from('purr!') }))
    expect((await storage.read(again)).toString()).toBe('purr!')
    expect((await storage.open(id))?.ref).toEqual(again)
    expect(await filesBelow(files)).toHaveLength(1)
  })

  test('an id of another owner is not taken over', async () => {
    const { storage } = await fresh()
    const [ana, bob] = [await person(), await person()]
    const ref = await storage.write(cat(ana))
    await expect(storage.write(cat(bob, { id: ref.id }))).rejects.toThrow(TypeError)
    expect((await storage.read(ref)).toString()).toBe('meow')
  })

  test.each(['../../x', '', 'A0000000-0000-7000-8000-000000000000'])(
    'the id %j is refused: ids become paths',
    async (id) => {
      const { storage } = await fresh()
      const owner = await person()
      await expect(storage.write(cat(owner, { id }))).rejects.toThrow(TypeError)
      await expect(storage.removeRun(id)).rejects.toThrow(TypeError)
      expect(await storage.open(id)).toBeUndefined()
    },
  )

  test('that is too large is refused while it is read, and nothing of it stays', async () => {
    const { storage, files } = await fresh()
    let read = 0
    const source = (async function* () {
      for (;;) {
        read += 100
        yield Buffer.alloc(100)
      }
    })()
    expect(await codeOf(storage.write(cat(await person(), { source })))).toBe('file_too_large')
    expect(read).toBeLessThan(1_000_000)
    expect(await filesBelow(files)).toEqual([])
  })

  test('whose source fails leaves nothing, and that very error comes out', async () => {
    const { storage, files } = await fresh()
    const broken = new Failure({ kind: 'transient', code: 'upstream_broken_off', message: 'x' })
    const source = (async function* () {
      yield Buffer.from('half')
      throw broken
    })()
    await expect(storage.write(cat(await person(), { source }))).rejects.toBe(broken)
    expect(await filesBelow(files)).toEqual([])
  })

  test('of a run that is gone is not kept', async () => {
    const { storage, files } = await fresh()
    const { ownerId } = await person()
    expect(await codeOf(storage.write(cat({ ownerId, runId: newId() })))).toBe('file_owner_gone')
    expect(await filesBelow(files)).toEqual([])
  })

  test('that is missing on the disk, or never was, fails as `file_missing`', async () => {
    const { storage, files } = await fresh()
    const ref = await storage.write(cat(await person()))
    await rm(files, { recursive: true })
    expect(await codeOf(storage.read(ref))).toBe('file_missing')
    expect(await codeOf(storage.stream({ ...ref, id: newId() }).toArray())).toBe('file_missing')
  })

  test('goes with its run, others stay; removing twice does no harm', async () => {
    const { storage, files } = await fresh()
    const [ana, bob] = [await person(), await person()]
    const [hers, his] = [await storage.write(cat(ana)), await storage.write(cat(bob))]
    await storage.removeRun(ana.runId)
    await storage.removeRun(ana.runId)
    expect(await storage.open(hers.id)).toBeUndefined()
    expect((await storage.read(his)).toString()).toBe('meow')
    expect(await filesBelow(files)).toHaveLength(1)
  })

  test('a file in the way of the directory is an error, not swallowed', async () => {
    const blocked = join(directory, newId())
    await writeFile(blocked, '')
    const storage = createStorage({ database, directory: join(blocked, 'x'), cacheBytes: 1000, log: silentLog })
    await expect(storage.write(cat(await person()))).rejects.toThrow(/ENOTDIR/)
  })

  test('on a full or read-only disk says what to do, leaves nothing, and works again afterwards', async (context) => {
    const files = join(directory, newId())
    await mkdir(files)
    const run = (program: string, options: string[]) => spawnSync(program, [...options, files]).status === 0
    const mount = (...options: string[]) => run('mount', options)
    if (!mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs')) context.skip('mount is not allowed here')
    try {
      const storage = createStorage({ database, directory: files, cacheBytes: 1_000_000, log: silentLog })
      const owner = await person()
      const large = cat(owner, { source: Buffer.alloc(1_000_000), maxBytes: 1_000_000 })
      expect(await codeOf(storage.write(large))).toBe('storage_full')
      expect(await filesBelow(files)).toEqual([])
      // A cache is only a cache: what it cannot keep is no failure.
      await storage.cache.put('ab', {}, Buffer.alloc(900_000))
      expect(await storage.cache.get('ab')).toBeUndefined()
      mount('-o', 'remount,ro')
      expect(await codeOf(storage.write(cat(owner)))).toBe('storage_read_only')
      mount('-o', 'remount,rw')
      expect((await storage.read(await storage.write(cat(owner)))).toString()).toBe('meow')
    } finally {
      run('umount', [])
    }
  })
})

describe('a file of no run', () => {
  test('is listed for its owner, and goes to another one only when it is named and theirs', async () => {
    const { storage } = await fresh()
    const [ana, bob, eve] = [await person(), await person(), await person()]
    const loose = { runId: null }
    const hers = await storage.write(cat(ana, loose))
    const stays = await storage.write(cat(ana, { ...loose, name: 'stays.jpg' }))
    const his = await storage.write(cat(eve, loose))
    await storage.write(cat(ana))
    const names = async (owner: string) => (await storage.loose(database.tables, owner)).map(({ name }) => name)
    expect(await names(ana.ownerId)).toEqual(['stays.jpg', 'cat.jpg'])
    const move = { from: ana.ownerId, to: bob.ownerId, ids: [hers.id, his.id] }
    await database.transaction((tables) => storage.moveLoose(tables, move))
    expect(await names(bob.ownerId)).toEqual(['cat.jpg'])
    expect(await names(ana.ownerId)).toEqual(['stays.jpg'])
    expect((await storage.open(his.id))?.ownerId).toBe(eve.ownerId)
    expect((await storage.read(hers)).toString()).toBe('meow')
    expect((await storage.open(stays.id))?.ownerId).toBe(ana.ownerId)
  })
})

describe('a file of a run', () => {
  test('is whose its run is, whoever writes it says; and goes with it to another owner', async () => {
    const { storage } = await fresh()
    const [ana, bob] = [await person(), await person()]
    const ref = await storage.write(cat({ ...ana, ownerId: bob.ownerId }))
    expect((await storage.open(ref.id))?.ownerId).toBe(ana.ownerId)
    await database
      .tables<Runs>()
      .updateTable('run')
      .set({ owner_id: bob.ownerId })
      .where('id', '=', ana.runId)
      .execute()
    expect((await storage.open(ref.id))?.ownerId).toBe(bob.ownerId)
    // A step that is repeated still thinks that it is Ana's.
    const again = await storage.write(cat(ana, { id: ref.id, source: Buffer.from('purr') }))
    expect((await storage.read(again)).toString()).toBe('purr')
    expect((await storage.open(ref.id))?.ownerId).toBe(bob.ownerId)
  })
})

describe('the cache', () => {
  const key = (n: number) => createHash('sha256').update(String(n)).digest('hex')

  test('gives back what was put, also to a second process and after a restart', async () => {
    const { storage, files } = await fresh()
    await storage.cache.put(key(1), { type: 'image/png', width: 3 }, Buffer.from('abc\ndef'))
    const other = createStorage({ database, directory: files, cacheBytes: 1000, log: silentLog })
    expect(await other.cache.get(key(1))).toEqual({
      meta: { type: 'image/png', width: 3 },
      bytes: Buffer.from('abc\ndef'),
    })
    expect(await other.cache.get(key(2))).toBeUndefined()
  })

  test('stays within its bytes; the least recently used go first', async () => {
    const { storage, files } = await fresh()
    for (const n of [1, 2, 3]) {
      await storage.cache.put(key(n), {}, Buffer.alloc(250))
      await utimes(join(files, 'cache', key(n)), n, n)
    }
    expect(await storage.cache.get(key(1))).toBeDefined()
    await storage.cache.put(key(4), {}, Buffer.alloc(250))
    await storage.cache.put(key(5), {}, Buffer.alloc(250))
    expect(await storage.cache.get(key(1))).toBeDefined()
    expect(await storage.cache.get(key(2))).toBeUndefined()
    expect(await storage.cache.get(key(5))).toBeDefined()
    const sizes = await Promise.all(
      (await filesBelow(join(files, 'cache'))).map(async (path) => (await readFile(path)).length),
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1000)
  })

  test('does not take what is larger than itself', async () => {
    const { storage } = await fresh()
    await storage.cache.put(key(1), {}, Buffer.alloc(2000))
    expect(await storage.cache.get(key(1))).toBeUndefined()
  })

  test('takes a file that is cut short, or not ours, for none', async () => {
    const { storage, files } = await fresh()
    await storage.cache.put(key(1), {}, Buffer.from('whole'))
    const path = join(files, 'cache', key(1))
    const whole = await readFile(path)
    for (const damaged of [whole.subarray(0, -1), Buffer.from('no header'), Buffer.from('{}\n'), Buffer.from('')]) {
      await writeFile(path, damaged)
      expect(await storage.cache.get(key(1))).toBeUndefined()
    }
  })

  test('many writers of one entry leave one whole entry', async () => {
    const { storage, files } = await fresh()
    const other = createStorage({ database, directory: files, cacheBytes: 1000, log: silentLog })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? storage : other).cache.put(key(1), { n }, Buffer.from(`content ${n}`)),
      ),
    )
    const entry = await storage.cache.get(key(1))
    expect(entry?.bytes.toString()).toBe(`content ${entry?.meta['n']}`)
    expect(await filesBelow(files)).toHaveLength(1)
  })

  test('a key that is no hash is refused: keys become paths', async () => {
    const { storage } = await fresh()
    await expect(storage.cache.get('../secret')).rejects.toThrow(TypeError)
  })

  test('what a dead process left behind is removed after a day', async () => {
    const { storage, files } = await fresh()
    await storage.cache.put(key(1), {}, Buffer.from('x'))
    const [old, young] = [join(files, 'temporary', 'old'), join(files, 'temporary', 'young')]
    await writeFile(old, 'half')
    await writeFile(young, 'half')
    await utimes(old, 1, 1)
    await createStorage({ database, directory: files, cacheBytes: 1000, log: silentLog }).cache.put(
      key(2),
      {},
      Buffer.from('y'),
    )
    expect(await readdir(join(files, 'temporary'))).toEqual(['young'])
  })
})
