import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRawArgon } from '../authserver/argon.ts'
import { startPeer } from '../authserver/child.ts'
import { serveFloor } from '../authserver/floor.ts'
import { CONCURRENCY, type Load, load, openCaller } from '../authserver/load.ts'
import { askForCredentials, prepare } from '../authserver/ours.ts'
import { memoryOfTree } from '../authserver/tree.ts'
import { cpuMicros, type Effort, perSecond, ratios } from '../effort.ts'
import { startProduct } from '../product.ts'
import { median, ms, quantile, table } from '../report.ts'

/**
 * The authorization server over HTTP, each server in a process of its own: client credentials of the product on its
 * embedded PostgreSQL, beside `oidc-provider` in memory and beside the least that Node needs for it, in turns; the other
 * grants of the product; and its logins beside Argon2id alone.
 */
const ROUNDS = 5
const PIECES = { credentials: 3000, refresh: 500, flow: 300, introspect: 1500, login: 60 }
/** Until the compiler has seen it all: the larger a program, the longer that takes. */
const WARM_UP = 10_000

const FIGURES = ['per second', 'p50', 'p99', 'CPU µs each', 'PostgreSQL’s', 'cores']

function row(name: string, rounds: readonly Load[]): string[] {
  const waits = rounds.flatMap((round) => round.waits)
  const of = (figure: (round: Load) => number) => median(rounds.map(figure))
  return [
    name,
    of(perSecond).toFixed(0),
    ms(quantile(waits, 0.5)),
    ms(quantile(waits, 0.99)),
    of(cpuMicros).toFixed(0),
    of(({ postgresSeconds, pieces }) => (postgresSeconds / pieces) * 1e6).toFixed(0),
    of(({ cpuSeconds, seconds }) => cpuSeconds / seconds).toFixed(2),
  ]
}

/** All three have to do the same work. */
function requireEs256(token: unknown): void {
  const [header = '', , signature = ''] = String(token).split('.')
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString())
  if (alg !== 'ES256' || Buffer.from(signature, 'base64url').length !== 64) throw new Error('This is no JWT in ES256')
}

const [part, told = ''] = process.argv.slice(2)
if (part !== undefined) {
  const child = JSON.parse(told)
  // Loaded where it is used: it is not to be in the memory of the others.
  if (part === 'floor') await serveFloor(child)
  else await (await import('../authserver/peer.ts')).serveOidcProvider(child)
  console.log('ready')
} else await compare()

async function compare(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
  const client = { id: `c_${randomBytes(16).toString('base64url')}`, secret: randomBytes(32).toString('base64url') }
  const ours = await startProduct(directory, { TRIVET_SANDBOX: 'off' })
  const [peer, floor] = [await startPeer('oidc-provider', client), await startPeer('floor', client)]
  const callers = { ours: openCaller(ours), peer: openCaller(peer), floor: openCaller(floor) }
  const memory = [ours, peer, floor].map(({ pid }) => memoryOfTree(pid))
  const works = await prepare(callers.ours)
  const sides = {
    floor: { server: floor, work: askForCredentials(callers.floor, client) },
    peer: { server: peer, work: askForCredentials(callers.peer, client) },
    ours: { server: ours, work: works.credentials },
  }
  const names = ['floor', 'peer', 'ours'] as const
  const credentials = { floor: [] as Load[], peer: [] as Load[], ours: [] as Load[] }
  for (const name of names) {
    const { body } = await sides[name].work()
    requireEs256(body['access_token'])
    await load(sides[name].server, WARM_UP, sides[name].work)
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of names) {
      credentials[name].push(await load(sides[name].server, PIECES.credentials, sides[name].work))
    }
  }

  const others = { refresh: [] as Load[], flow: [] as Load[], introspect: [] as Load[], login: [] as Load[] }
  const kinds = ['introspect', 'refresh', 'flow', 'login'] as const
  const hash = await createRawArgon()
  const raw: Effort[] = []
  for (const kind of kinds) await load(ours, PIECES[kind], works[kind])
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of kinds) others[kind].push(await load(ours, PIECES[kind], works[kind]))
    raw.push(await hash(PIECES.login, CONCURRENCY))
  }

  table(
    ['client credentials, ES256', ...FIGURES],
    [
      row('Trivet, PostgreSQL embedded', credentials.ours),
      row('oidc-provider, in memory', credentials.peer),
      row('floor: Fastify, form, Map, hash, signature', credentials.floor),
    ],
  )
  console.log(`\nCPU beside the floor: ${ratios(credentials.ours, credentials.floor, cpuMicros)}, aim at most 1.20`)
  console.log(`CPU beside oidc-provider: ${ratios(credentials.ours, credentials.peer, cpuMicros)}`)
  console.log(`requests/s beside oidc-provider: ${ratios(credentials.ours, credentials.peer, perSecond)}\n`)
  table(
    ['Trivet', ...FIGURES],
    [
      row('introspection of an access token', others.introspect),
      row('refresh, with rotation', others.refresh),
      row('code flow: /authorize by login token, /token', others.flow),
      row('login, JSON', others.login),
    ],
  )
  const argon = `${median(raw.map(perSecond)).toFixed(0)} hashes/s, ${median(raw.map(cpuMicros)).toFixed(0)} µs of CPU each`
  console.log(`\nArgon2id alone, ${CONCURRENCY} at a time on libuv's 4 threads: ${argon}`)
  console.log(`logins/s beside it: ${ratios(others.login, raw, perSecond)}, aim 0.80\n`)
  table(
    ['memory (Pss), MB', 'idle', 'after'],
    [
      ...[ours, peer, floor].map(({ pid }, index) => [
        ['Trivet, server process', 'oidc-provider', 'floor'][index] ?? '',
        (memory[index]?.server ?? 0).toFixed(0),
        memoryOfTree(pid).server.toFixed(0),
      ]),
      ['PostgreSQL', (memory[0]?.postgres ?? 0).toFixed(0), memoryOfTree(ours.pid).postgres.toFixed(0)],
    ],
  )
  console.log(`
${ROUNDS} rounds in turns of ${Object.values(PIECES).join(', ')} (${Object.keys(PIECES).join(', ')}), ${CONCURRENCY} at a time, on ${availableParallelism()} cores
that the caller uses as well; load average ${loadavg()[0]?.toFixed(1)}. Medians of rounds; CPU is of the server with all that it
started. "cores" says what limits: near 1.0 it is the server's one thread, far below it the cores themselves, which the
caller and whatever else runs here take. For client credentials and introspection nothing is asked of PostgreSQL;
refresh and code flow wait for it, commits included; logins wait for Argon2id, of which two run at once.`)
  for (const caller of Object.values(callers)) await caller.close()
  for (const server of [ours, peer, floor]) await server.stop()
  await rm(directory, { recursive: true, force: true })
  process.exit(0)
}
