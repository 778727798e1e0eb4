import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postCat, startCat } from './harness/cats.ts'
import { createClient } from './harness/client.ts'
import { withDatabase } from './harness/database.ts'
import { noMounts, processesAt, temporaryFolder, withMounts } from './harness/machine.ts'
import { freePort, type Refusal, startProduct, startRefused } from './harness/product.ts'
import { runProgram } from './harness/program.ts'
import { isStatus, readRun, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

/** One that runs, beside those that must not. */
const site = useSite()

/** Exit code 1, a message that says what is wrong and what to do, no stack, nothing left running. */
async function expectRefused(refusal: Refusal, ...says: RegExp[]) {
  for (const pattern of says) expect(refusal.output).toMatch(pattern)
  expect(refusal.code).toBe(1)
  expect(refusal.output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  expect(refusal.output).not.toMatch(/Trivet is ready|UnhandledPromise|node:internal/)
  await expect.poll(() => processesAt(refusal.directory), { timeout: 5000 }).toEqual([])
}

/** Nothing that was refused stands in the way of a start that is right. */
async function expectStarts(directory: string, environment: Record<string, string> = {}) {
  const product = await startProduct({ directory, environment })
  expect((await createClient(product.url).get('/cats')).status).toBe(200)
  expect(await product.stop()).toBe(0)
  expect(await processesAt(directory)).toEqual([])
}

async function occupied<T>(use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  try {
    return await use(typeof address === 'object' ? (address?.port ?? 0) : 0)
  } finally {
    server.close()
  }
}

describe('settings', () => {
  test('all that is wrong is listed at once, the nearest name is offered, secrets are not shown', async () => {
    const refusal = await startRefused(
      {
        PORT: '70000',
        LOG_LEVEL: 'loud',
        STORAGE: 's3://bucket',
        TRIVET_SANDBX: 'on',
        TRIVET_PUBLIC_URL: 'http://trivet.example',
        TRIVET_OUTBOUND_ALLOW: 'everything',
        GOOGLE_CLIENT_SECRET: 'secret-of-google',
        DATABASE_URL: 'mysql://root:hunter2@db/trivet',
        TRIVET_MASTER_KEY: 'not-a-key-at-all',
      },
      await temporaryFolder(),
    )
    await expectRefused(
      refusal,
      /PORT is "70000".*from 1 to 65535/,
      /LOG_LEVEL is "loud".*debug, info/,
      /STORAGE must be disk/,
      /TRIVET_SANDBX is not a setting\. Did you mean TRIVET_SANDBOX\?/,
      /TRIVET_PUBLIC_URL is http: .*TRIVET_INSECURE_HTTP=on/,
      /TRIVET_OUTBOUND_ALLOW has "everything".*host:port/,
      /GOOGLE_CLIENT_SECRET is set, but GOOGLE_CLIENT_ID is not/,
      /DATABASE_URL must look like postgresql:/,
      /TRIVET_MASTER_KEY must look like/,
    )
    expect(refusal.output).not.toMatch(/hunter2|secret-of-google|not-a-key-at-all/)
    expect(await readdir(refusal.directory)).toEqual([])
  })

  test.each([
    ['sandbox off and mounted', { TRIVET_SANDBOX: 'off', TRIVET_SANDBOX_MOUNT: '/sandbox' }, /Remove one of them/],
    ['sandbox off and elsewhere', { TRIVET_SANDBOX: 'off', TRIVET_SANDBOX_URL: 'http://127.0.0.1:1' }, /Remove one/],
    [
      'sandbox on for everybody',
      { TRIVET_SANDBOX: 'on', TRIVET_PUBLIC_URL: 'https://trivet.example' },
      /anybody could sign in as anybody/,
    ],
    ['an id without a secret', { GOOGLE_CLIENT_ID: 'x' }, /both or neither/],
    ['a public URL with a path', { TRIVET_PUBLIC_URL: 'https://trivet.example/app/' }, /TRIVET_PUBLIC_URL/],
    ['a public URL that is none', { TRIVET_PUBLIC_URL: 'trivet' }, /must be a URL such as/],
    ['a role that is none', { TRIVET_ROLE: 'boss' }, /one of all, web, worker/],
    ['port 0, at which nobody could find it', { PORT: '0' }, /PORT/],
  ])('%s', async (_name, environment, says) => {
    await expectRefused(await startRefused(environment, await temporaryFolder()), says)
  })

  test('a mistake in .env is found like one in the environment', async () => {
    const directory = await temporaryFolder()
    await writeFile(join(directory, '.env'), 'TRIVET_HOME=dogs\nTRIVET_DATADIR=/tmp/x\n')
    await expectRefused(
      await startRefused({}, directory),
      /TRIVET_HOME is "dogs".*cards, cats/,
      /TRIVET_DATADIR is not a setting\. Did you mean TRIVET_DATA_DIR\?/,
    )
  })

  test.each([
    ['a command that is none', ['dance'], /There is no command "dance".*serve/s],
    ['a flag that is none', ['serve', '--fast'], /--fast/],
    ['a role that is none', ['serve', '--role', 'boss'], /one of all, web, worker/],
    ['migrate without DATABASE_URL', ['migrate'], /DATABASE_URL is not set/],
  ])('%s', async (_name, args, says) => {
    await expectRefused(await startRefused({}, await temporaryFolder(), { arguments: args }), says)
  })

  test('an address that is not of this machine', async () => {
    await expectRefused(await startRefused({ HOST: '192.0.2.1' }, await temporaryFolder()), /HOST is 192\.0\.2\.1/)
  })
})

describe('ports', () => {
  test('one is taken: says which and what to set; then it starts', async () => {
    const directory = await temporaryFolder()
    await occupied(async (port) => {
      const refusal = await startRefused({ PORT: String(port) }, directory)
      await expectRefused(refusal, new RegExp(`Port ${port} is taken.*set PORT`))
      const sandbox = await startRefused({ TRIVET_SANDBOX_PORT: String(port) }, directory)
      await expectRefused(sandbox, new RegExp(`port ${port} is taken.*TRIVET_SANDBOX_PORT`, 'is'))
    })
    await expectStarts(directory)
  })

  test('both are the same', async () => {
    const port = String(await freePort())
    const refusal = await startRefused({ PORT: port, TRIVET_SANDBOX_PORT: port }, await temporaryFolder())
    await expectRefused(refusal, new RegExp(`${port}.*set (PORT|TRIVET_SANDBOX_PORT)`, 's'))
  })
})

describe('the data directory', () => {
  test('a file is in the way', async () => {
    const directory = await temporaryFolder()
    await writeFile(join(directory, '.trivet'), 'mine')
    await expectRefused(await startRefused({}, directory), /\.trivet/, /TRIVET_DATA_DIR|in the way|Move it/)
    expect(await readFile(join(directory, '.trivet'), 'utf8')).toBe('mine')
  })

  test.skipIf(noMounts)(`is on a read-only file system (${noMounts || 'mounted'})`, async () => {
    const directory = await temporaryFolder()
    await mkdir(join(directory, '.trivet'))
    const before = withMounts(`mount -t tmpfs -o ro none ${directory}/.trivet`)
    const refusal = await startRefused({}, directory, { before })
    await expectRefused(refusal, /read-only/i, /TRIVET_DATA_DIR|[Mm]ake it writable/)
  })

  test.skipIf(noMounts)(`is full at the first start (${noMounts || 'mounted'})`, async () => {
    const directory = await temporaryFolder()
    await mkdir(join(directory, '.trivet'))
    const before = withMounts(`mount -t tmpfs -o size=20m none ${directory}/.trivet`)
    const refusal = await startRefused({}, directory, { before })
    await expectRefused(refusal, /full/, /Free some space/, /TRIVET_DATA_DIR/)
  })

  test.skipIf(noMounts)(`is full to the last byte (${noMounts || 'mounted'})`, async () => {
    const directory = await temporaryFolder()
    await mkdir(join(directory, '.trivet'))
    const before = withMounts(
      `mount -t tmpfs -o size=1m none ${directory}/.trivet\ndd if=/dev/zero of=${directory}/.trivet/filler bs=4k 2>/dev/null || true`,
    )
    const refusal = await startRefused({}, directory, { before })
    await expectRefused(refusal, /full|ENOSPC|no space/i, /Free some space|TRIVET_DATA_DIR/)
  })

  test('is of another PostgreSQL major: says which, and leaves everything as it is', async () => {
    const directory = await temporaryFolder()
    const data = join(directory, '.trivet/postgres/cluster/data')
    await mkdir(data, { recursive: true })
    await writeFile(join(data, 'PG_VERSION'), '17\n')
    await expectRefused(
      await startRefused({}, directory),
      /PostgreSQL 17, and the built-in one is 18/,
      /nothing was changed/,
    )
    expect(await readFile(join(data, 'PG_VERSION'), 'utf8')).toBe('17\n')
  })

  test('is used by another Trivet: says by which process, and that one goes on', async () => {
    const first = site.product
    const client = site.client()
    await runUntil(client, await startCat(client, 'beng'), isStatus('succeeded'))
    // With a sandbox of its own (whose data is in use, too), and without.
    for (const environment of [{}, { TRIVET_SANDBOX_URL: first.sandboxUrl }]) {
      const refusal = await startRefused(environment, first.directory)
      expect(refusal.output).toMatch(new RegExp(`in use by another Trivet process \\(pid ${first.pid}\\)`))
      expect(refusal.output).toMatch(/Stop that one first, or set TRIVET_DATA_DIR/)
      expect(refusal.output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
      expect(refusal.code).toBe(1)
    }
    await runUntil(client, await startCat(client, 'siam'), isStatus('succeeded'))
  })
})

describe('the master key', () => {
  let directory = ''
  let runId = ''
  let cookies: ReturnType<typeof createClient> | undefined
  let port = 0
  let sandboxPort = 0

  beforeAll(async () => {
    ;[port, sandboxPort] = [await freePort(), await freePort()]
    directory = await mkdtemp(join(tmpdir(), 'trivet-e2e-'))
    const product = await startProduct({ directory, port, sandboxPort })
    cookies = createClient(product.url)
    runId = await startCat(cookies, 'beng')
    await runUntil(cookies, runId, isStatus('succeeded'))
    await product.stop()
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const key = () => join(directory, '.trivet/master-key')

  /** Starts without the key file, or with another content in it; afterwards it is as it was. */
  async function refusedWithout(content?: string) {
    await rename(key(), `${key()}.away`)
    try {
      if (content !== undefined) await writeFile(key(), content)
      return await startRefused({}, directory)
    } finally {
      await rename(`${key()}.away`, key())
    }
  }

  test('another one by the settings: names the key that is missing, shows none', async () => {
    const other = `other:${Buffer.alloc(32, 7).toString('base64url')}`
    const refusal = await startRefused({ TRIVET_MASTER_KEY: other }, directory)
    const [id] = (await readFile(key(), 'utf8')).split(':')
    await expectRefused(refusal, new RegExp(`sealed with key ${id}, which is not in the keyring`), /TRIVET_MASTER_KEY/)
    expect(refusal.output).not.toContain(other)
  })

  test('its file was lost: the same, and says where it belongs', async () => {
    await expectRefused(await refusedWithout(), /sealed with key/, /master-key/)
  })

  test('its file holds something else: names the file, not what it holds', async () => {
    const refusal = await refusedWithout('garbage that must not be shown\n')
    await expectRefused(refusal, /master-key/)
    expect(refusal.output).not.toContain('garbage')
    expect(refusal.output).not.toContain('TRIVET_MASTER_KEY must')
  })

  test('put back: it starts, nothing is lost, and the account is still connected', async () => {
    const product = await startProduct({ directory, port, sandboxPort })
    try {
      if (!cookies) throw new Error('it did not start')
      expect((await readRun(cookies, runId)).status).toBe('succeeded')
      const second = await postCat(cookies, 'siam')
      expect(second.location).toMatch(/\/runs\//)
      await runUntil(cookies, second.location.split('/').at(-1) ?? '', isStatus('succeeded'))
    } finally {
      await product.stop()
    }
  })
})

describe('DATABASE_URL', () => {
  let url = ''

  beforeAll(async () => {
    await withDatabase(site.product, (client) => client.query('create database elsewhere'))
    const cluster = join(site.product.directory, '.trivet/postgres/cluster')
    const [port, password] = await Promise.all(
      ['port', 'password'].map(async (name) => (await readFile(join(cluster, name), 'utf8')).trim()),
    )
    url = `postgresql://trivet:${password}@127.0.0.1:${port}/elsewhere`
  })

  test('nobody answers there: says so, without the password', async () => {
    const refusal = await startRefused(
      { DATABASE_URL: `postgresql://trivet:hunter2@127.0.0.1:${await freePort()}/trivet` },
      await temporaryFolder(),
    )
    await expectRefused(refusal, /database cannot be used/, /Check DATABASE_URL/)
    expect(refusal.output).not.toContain('hunter2')
  })

  test('no such host', async () => {
    const refusal = await startRefused(
      { DATABASE_URL: 'postgresql://trivet:hunter2@db.invalid/trivet' },
      await temporaryFolder(),
    )
    await expectRefused(refusal, /database cannot be used/, /Check DATABASE_URL/)
    expect(refusal.output).not.toContain('hunter2')
  })

  test('a wrong password', async () => {
    const wrong = url.replace(/:[^:@]*@/, ':hunter2@')
    const refusal = await startRefused({ DATABASE_URL: wrong }, await temporaryFolder())
    await expectRefused(refusal, /password authentication failed/, /Check DATABASE_URL/)
    expect(refusal.output).not.toContain('hunter2')
  })

  test('not migrated: names the command, which makes it start', async () => {
    const directory = await temporaryFolder()
    await expectRefused(await startRefused({ DATABASE_URL: url }, directory), /not up to date/, /npx trivet migrate/)

    const migrate = () => runProgram(['migrate'], { directory, environment: { DATABASE_URL: url } })
    expect(await migrate()).toMatch(/^Done: /m)
    expect(await migrate()).toMatch(/was up to date/)
    await expectStarts(directory, { DATABASE_URL: url })
    expect(await readdir(join(directory, '.trivet'))).not.toContain('postgres')
  })
})
