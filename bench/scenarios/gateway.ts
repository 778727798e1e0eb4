import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONCURRENCY } from '../gateway/load.ts'
import { printBeside, printSides } from '../gateway/rows.ts'
import { openArena, type Side } from '../gateway/sides.ts'
import { cpuOfMachine, cpuOfTree } from '../tree.ts'

/**
 * Requests through the gateway to a small upstream, beside other ways to ask for tokens in front of it: each server in a
 * process of its own, on one thread each; in rounds, in each of which everybody has a turn.
 */
const ROUNDS = 5
const REQUESTS = 6000
/** Until the compiler has seen it all. */
const WARM_UP = 12_000
/** Of callers that come again: each asks with its own. */
const CALLERS = 100

const [part, told = ''] = process.argv.slice(2)
if (part === undefined) await compare()
else await serve(part)

async function serve(name: string): Promise<void> {
  // Each loaded where it is used: it is not to be in the way of the others.
  if (name === 'upstream') await (await import('../gateway/upstream.ts')).serveUpstream(JSON.parse(told))
  else if (name === 'relay') await (await import('../gateway/relay.ts')).serveRelay(JSON.parse(told))
  else await (await import('../gateway/fastify.ts')).serveFastify(JSON.parse(told))
  console.log('ready')
}

async function compare(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
  const { sides, stop } = await openArena(directory)
  const all = Object.values(sides)
  for (const side of all) await ask(side, WARM_UP)
  // The servers are started here: they count as ours.
  const own = () => cpuOfTree(process.pid).all
  const before = { own: own(), machine: cpuOfMachine() }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of turned(all, round)) side.rounds.push(await ask(side, REQUESTS))
  }
  const others = 1 - (own() - before.own) / (cpuOfMachine() - before.machine)
  printSides(all)
  printBeside(sides.cold, sides.fastifyCold, 'at least 1.50')
  printBeside(sides.warm, sides.fastifyWarm)
  printBeside(sides.warm, sides.nginxWarm, 'at least 1.00')
  printBeside(sides.cold, sides.haproxyEs)
  printBeside(sides.open, sides.relay)
  console.log(`
${ROUNDS} rounds in turns of ${REQUESTS} requests, ${CONCURRENCY} at a time, on ${availableParallelism()} cores that caller and upstream use as well.
Medians of rounds, ranges in brackets; CPU is of all processes but those two. All tokens but those in RS256 are the
product's own. "Unique" is a token that was never seen before; "repeated" is one of ${CALLERS}, whose signatures are
remembered: a cache is compared with a verification where that stands beside HAProxy, which remembers nothing.
Trivet looks at every token's end, audience, scopes and revocation each time; fastify and HAProxy know of no revocation.
Noise: ${(others * 100).toFixed(0)} % of the machine's time went to programs that have nothing to do with this.`)
  await stop()
  await rm(directory, { recursive: true, force: true })
  process.exit(0)
}

/** Tokens are made before the clock runs. */
async function ask({ kind, caller, mint }: Side, count: number) {
  if (kind === 'none') return caller.ask(Array.from({ length: count }, () => ''))
  const tokens = await mint.make(kind === 'unique' ? count : CALLERS)
  return caller.ask(Array.from({ length: count }, (_, index) => tokens[index % tokens.length] ?? ''))
}

/** Each begins in its turn: it matters who follows on whom. */
function turned(sides: readonly Side[], round: number): readonly Side[] {
  const first = round % sides.length
  return [...sides.slice(first), ...sides.slice(0, first)]
}
