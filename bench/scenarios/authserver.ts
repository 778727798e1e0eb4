import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRawArgon } from '../authserver/argon.ts'
import { serveFloor } from '../authserver/floor.ts'
import { CONCURRENCY, load } from '../authserver/load.ts'
import { beside, printSides } from '../authserver/rows.ts'
import { openArena, type Side, type Sides } from '../authserver/sides.ts'
import { cpuMicros, type Effort, perSecond } from '../effort.ts'
import { median, table } from '../report.ts'
import { cpuOfMachine, cpuOfTree, memoryOfTree } from '../tree.ts'

/**
 * The authorization server over HTTP, each server in a process of its own: the product on its embedded PostgreSQL,
 * beside `oidc-provider` in memory and on a PostgreSQL of the same kind, and beside the least that Node needs for a
 * request and for a token; its logins beside Argon2id alone. In rounds, in each of which everybody has a turn.
 */
const ROUNDS = 7
const PIECES = { empty: 3000, credentials: 2000, introspect: 1000, refresh: 400, flow: 200, login: 40 }
/** Until the compiler has seen it all: the larger a program, the longer that takes. */
const WARM_UP = { empty: 10_000, credentials: 8000, introspect: 3000, refresh: 1000, flow: 600, login: 8 }
const TITLES = {
  empty: 'what any request costs',
  credentials: 'client credentials',
  introspect: 'introspection of an access token',
  refresh: 'refresh, with rotation',
  flow: 'code flow: /authorize by cookie, /token',
  login: 'login, JSON',
}
const SERVERS = ['Trivet', 'oidc-provider, PostgreSQL', 'oidc-provider, in memory', 'floor']
const KINDS = ['empty', 'credentials', 'introspect', 'refresh', 'flow', 'login'] as const
/** As many as the product lets run at once. */
const HASHES_AT_ONCE = 2

const [part, told = ''] = process.argv.slice(2)
if (part !== undefined) {
  // Loaded where it is used: it is not to be in the memory of the others.
  if (part === 'floor') await serveFloor(JSON.parse(told))
  else await (await import('../authserver/peer.ts')).serveOidcProvider(JSON.parse(told))
  console.log('ready')
} else await compare()

async function compare(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
  const { servers, sides, stop } = await openArena(directory)
  const idle = Object.values(servers).map(({ pid }) => memoryOfTree(pid))
  const { raw, others } = await measureAll(sides)
  for (const kind of KINDS) printSides(TITLES[kind], sides[kind])
  printLogins(sides.login[0]?.rounds ?? [], raw)
  const memory = Object.values(servers).map(({ pid }, index) => [idle[index], memoryOfTree(pid)].map(megabytes))
  table(
    ['memory (Pss) in MB, + PostgreSQL’s', 'idle', 'after'],
    SERVERS.map((name, index) => [name, ...(memory[index] ?? [])]),
  )
  console.log(`
${ROUNDS} rounds in turns of ${KINDS.map((kind) => `${PIECES[kind]} ${kind}`).join(', ')}; ${CONCURRENCY} at a time, on ${availableParallelism()} cores that the
caller uses as well. Medians of rounds, ranges in brackets; CPU is of the server with all that it started.
Noise: ${(others * 100).toFixed(0)} % of the machine's time went to programs that have nothing to do with this.
"cores" says what limits: near 1.0 it is the server's one thread; far below it the cores, which the caller and other
programs take, or the commits that are waited for. Client credentials and introspection ask nothing of PostgreSQL here.
A code flow is that of somebody who is signed in and has allowed it before; it and refresh give access token, ID token
and refresh token, ES256. oidc-provider cannot introspect its JWTs: it is asked about a token that it keeps.`)
  await stop()
  await rm(directory, { recursive: true, force: true })
  process.exit(0)
}

/** @returns hashes alone, and the part of the machine's working time that others had, 0 to 1 */
async function measureAll(sides: Sides): Promise<{ raw: Effort[]; others: number }> {
  for (const kind of KINDS) {
    for (const { server, work } of sides[kind]) await load(server, WARM_UP[kind], work)
  }
  const hash = await createRawArgon()
  const raw: Effort[] = []
  // The servers are started here: they count as ours.
  const own = () => cpuOfTree(process.pid).all
  const before = { own: own(), machine: cpuOfMachine() }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of KINDS) {
      for (const { server, work, rounds } of turned(sides[kind], round)) {
        rounds.push(await load(server, PIECES[kind], work))
      }
    }
    raw.push(await hash(PIECES.login, HASHES_AT_ONCE))
  }
  const machine = cpuOfMachine() - before.machine
  return { raw, others: 1 - (own() - before.own) / machine }
}

/** Each begins in its turn: it matters who follows on whom. */
function turned(sides: readonly Side[], round: number): readonly Side[] {
  const first = round % sides.length
  return [...sides.slice(first), ...sides.slice(0, first)]
}

function printLogins(rounds: readonly Effort[], raw: readonly Effort[]): void {
  const [rate, cpu] = [perSecond, cpuMicros].map((of) => median(raw.map(of)).toFixed(0))
  console.log(`Argon2id alone, ${HASHES_AT_ONCE} at a time, as in the product: ${rate} hashes/s, ${cpu} µs of CPU each`)
  console.log(
    `  logins beside it: rate ${beside(rounds, raw, perSecond)}, aim 0.80; CPU ${beside(rounds, raw, cpuMicros)}\n`,
  )
}

function megabytes(memory: ReturnType<typeof memoryOfTree> | undefined): string {
  if (!memory) return ''
  const { server, postgres } = memory
  return postgres === 0 ? server.toFixed(0) : `${server.toFixed(0)} + ${postgres.toFixed(0)}`
}
