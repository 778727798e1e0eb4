import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './index.ts'
import { copyPrograms, directoryForAll, silent, startOwner, temporaryFolder, timeToEnd } from './machine.fixture.ts'

async function query(started: EmbeddedPostgres, sql: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: started.url.reveal() })
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}

const shared = directoryForAll()

test('the first start makes a database, a later one finds it again: fast, same password, same port', async () => {
  const directory = join(await temporaryFolder(), 'with space', 'postgres')
  const begin = performance.now()
  const first = await startEmbeddedPostgres({ directory, log: silent })
  const between = performance.now()
  await query(first, 'create table kept as select 7 as seven')
  await first.stop()
  const again = performance.now()
  const second = await startEmbeddedPostgres({ directory, log: silent })
  const end = performance.now()
  console.error(`first start ${Math.round(between - begin)} ms, second ${Math.round(end - again)} ms (${first.mode})`)
  expect(await query(second, 'select seven from kept')).toEqual([{ seven: 7 }])
  expect([second.port, second.url.reveal()]).toEqual([first.port, first.url.reveal()])
  await second.stop()
  await second.stop()
  expect(await timeToEnd(second.pid)).toBeLessThan(100)
  // Wide enough for a busy machine; typical are 0.8 s and 0.05 s.
  expect(between - begin).toBeLessThan(15_000)
  expect(end - again).toBeLessThan(1500)
  expect(await readdir(directory)).toEqual(['cluster'])
})

test('only this machine with the password of a private file gets in', async () => {
  const directory = shared()
  const started = await startEmbeddedPostgres({ directory, log: silent })
  try {
    const password = await readFile(join(directory, 'cluster', 'password'), 'utf8')
    expect(Buffer.from(password, 'base64url')).toHaveLength(32)
    expect((await stat(join(directory, 'cluster', 'password'))).mode & 0o777).toBe(0o600)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    const settings = ['listen_addresses', 'unix_socket_directories', 'data_checksums', 'server_encoding']
    const rows = await query(started, 'select name, setting from pg_settings where name = any($1)', [settings])
    expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      data_checksums: 'on',
      server_encoding: 'UTF8',
    })
    const [role] = await query(started, 'select rolpassword from pg_authid where rolname = current_user')
    expect(role.rolpassword).toMatch(/^SCRAM-SHA-256\$/)
    const [rules] = await query(started, 'select array_agg(distinct auth_method) as methods from pg_hba_file_rules')
    expect(rules.methods).toEqual(['scram-sha-256'])
    const url = new URL(started.url.reveal())
    url.password = 'wrong'
    const intruder = new pg.Client({ connectionString: url.href })
    intruder.on('error', () => {})
    await expect(intruder.connect()).rejects.toMatchObject({ code: '28P01' })
  } finally {
    await started.stop()
  }
})

test('the server gets no environment of ours, and its command line no secret', async () => {
  const directory = shared()
  const started = await startEmbeddedPostgres({ directory, log: silent })
  try {
    // /proc/<pid>/environ holds the environment the program was started with; readable for the same user and root.
    const environment = (await readFile(`/proc/${started.pid}/environ`, 'utf8')).split('\0').filter(Boolean)
    expect(environment.map((entry) => entry.split('=')[0]).toSorted()).toEqual([
      'LC_ALL',
      'PATH',
      'PWD', // the leash's shell adds it: /
      'TZ',
    ])
    const password = await readFile(join(directory, 'cluster', 'password'), 'utf8')
    expect(await readFile(`/proc/${started.pid}/cmdline`, 'utf8')).not.toContain(password)
  } finally {
    await started.stop()
  }
})

test('what a client sent stays out of the log, what the server does is in it', async () => {
  const directory = shared()
  const logged: string[] = []
  const keep = (_: object, message: string) => logged.push(message)
  const started = await startEmbeddedPostgres({ directory, log: { debug: keep, info: keep, warn: keep, error: keep } })
  try {
    await expect(query(started, 'select $1::text::int', ['sesame'])).rejects.toThrow('sesame')
    await expect(query(started, "select 1/0 as sesame\n, 'sesame'")).rejects.toThrow('division')
    await query(started, "do $$ begin raise warning 'sesame'; end $$")
    await query(started, 'select pg_sleep(1.01), $1::text', ['sesame'])
  } finally {
    await started.stop()
  }
  expect(logged.join('\n')).toContain('ready to accept connections')
  expect(logged.join('\n')).toMatch(/duration: .* select pg_sleep/)
  expect(logged.join('\n')).not.toContain('sesame')
})

test('a port that somebody else took meanwhile is left to them', async () => {
  const directory = shared()
  const first = await startEmbeddedPostgres({ directory, log: silent })
  await first.stop()
  const other = createServer().listen(first.port, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  try {
    const second = await startEmbeddedPostgres({ directory, log: silent })
    expect(second.port).not.toBe(first.port)
    await second.stop()
    expect(await readFile(join(directory, 'cluster', 'port'), 'utf8')).toBe(String(second.port))
  } finally {
    other.close()
  }
})

test('an installation without its library links (npm ci --ignore-scripts) gets them at the start', async () => {
  const folder = await temporaryFolder()
  const programs = await copyPrograms(folder, { links: false })
  const started = await startEmbeddedPostgres({ directory: join(folder, 'postgres'), log: silent, binaries: programs })
  await started.stop()
  expect(await readdir(join(programs, 'native', 'lib'))).toContain('libicuuc.so.60')
})

test('a start that was killed while it initialised leaves nothing half-made', async () => {
  const directory = join(await temporaryFolder(), 'postgres')
  const owner = startOwner(directory)
  while (!(await readdir(directory).catch(() => [])).some((name) => name.startsWith('initialise-'))) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await new Promise((resolve) => setTimeout(resolve, 150))
  await owner.kill('SIGKILL')
  const started = await startEmbeddedPostgres({ directory, log: silent })
  expect(await query(started, 'select 1 as one')).toEqual([{ one: 1 }])
  await started.stop()
  expect(await readdir(directory)).toEqual(['cluster'])
})

test('leaves no handler on the process', async () => {
  const directory = shared()
  const names = () => process.eventNames().map((name) => [name, process.listenerCount(name)])
  const before = names()
  const started = await startEmbeddedPostgres({ directory, log: silent })
  expect(names()).toEqual(before)
  await started.stop()
  expect(names()).toEqual(before)
})
