import { setTimeout as sleep } from 'node:timers/promises'
import { type Crowd, createCrowd } from './crowd.ts'
import { createLedger, type Kill, type Ledger } from './ledger.ts'
import { type Moment, START_UP } from './moments.ts'
import { createPlace, type Place, WAYS } from './place.ts'
import type { Random } from './random.ts'
import { judge, type Verdict } from './verdict.ts'

/** What one kill is aimed at. */
export type Target = Moment | typeof START_UP

export type ChaosOptions = {
  /** One kill each, in this order. */
  readonly targets: readonly Target[]
  /** Of everything that is left to chance. */
  readonly random: Random
  readonly say: (line: string) => void
}

export type ChaosResult = Verdict & {
  readonly kills: readonly Kill[]
  readonly forms: number
  readonly seconds: number
}

type World = { readonly place: Place; readonly crowd: Crowd; readonly ledger: Ledger; readonly random: Random }

/**
 * Cat to Drive under violence: people fill forms and consent, and the product is killed at one moment after the other.
 * In the end all settles, and what is there is compared with what people were promised.
 */
export async function catsUnderViolence(options: ChaosOptions): Promise<ChaosResult> {
  const began = performance.now()
  const { random, targets } = options
  const ledger = createLedger()
  const place = await createPlace()
  const crowd = createCrowd(place.url, { random: random.fork(), ledger })
  const world = { place, crowd, ledger, random }
  try {
    for (const target of targets) {
      if (target === START_UP) await killStartUp(world)
      else await killAt(world, target)
      const last = ledger.kills.at(-1)
      options.say(`${ledger.kills.length}/${targets.length}  ${last?.phase} (${last?.way})`)
    }
    await start(world)
    await crowd.allBack()
    const verdict = await judge(place, ledger.visits)
    const wrong = [...ledger.wrong, ...verdict.wrong, ...(await lastStop(place))]
    const seconds = (performance.now() - began) / 1000
    return { ...verdict, wrong, kills: ledger.kills, forms: ledger.visits.length, seconds }
  } finally {
    await place.kill('all three', 0).catch(() => undefined)
    await place.remove()
  }
}

/** The first starts, on an empty directory, are interrupted too; then all moments in turn, shuffled. */
export function shuffledTargets(kills: number, moments: readonly Moment[], random: Random): Target[] {
  const deck: Target[] = [START_UP, START_UP]
  while (deck.length < kills) deck.push(...random.shuffled<Target>([...moments, START_UP, START_UP]))
  return deck.slice(0, kills)
}

async function killStartUp({ place, ledger, random }: World): Promise<void> {
  const ready = await place.interruptStart(random.between(20, 1000))
  ledger.killed(ready ? 'just started' : START_UP, 'product')
}

const MOMENT_MS = 12_000
const MOST_VISITS = 6

/** Has the product running, with people at it, until the moment is there; then kills. */
async function killAt(world: World, moment: Moment): Promise<void> {
  const { place, crowd, ledger, random } = world
  const { sandbox } = place
  await start(world)
  // Otherwise runs of earlier kills are still at it, and are hit again.
  if (random.chance(0.6) || crowd.size() >= MOST_VISITS) await crowd.settled()
  await sandbox.clearFaults()
  if (moment.connected && !crowd.hasConnected()) {
    crowd.send()
    await crowd.settled()
  }
  await sandbox.forgetRequests()
  const prepared = Promise.withResolvers<void>()
  const visit = crowd.send({ connected: moment.connected ?? false, after: prepared.promise })
  const scene = { visit, sandbox, random }
  const [least, most] = await moment.prepare(scene)
  for (let others = Math.floor(random.between(0, 3)); others > 0; others -= 1) {
    crowd.send({ after: sleep(random.between(0, 400)), mayLeave: true, connected: random.chance(0.5) })
  }
  prepared.resolve()
  let reached = false
  for (const end = performance.now() + MOMENT_MS; !reached && performance.now() < end; await sleep(5)) {
    reached = await moment.reached(scene)
  }
  await sleep(random.between(least, most))
  // Half of them alone, the rest with what else there is to kill.
  const way = random.chance(0.5) ? 'product' : random.pick(WAYS)
  ledger.killed(reached ? moment.name : `missed: ${moment.name}`, way)
  await place.kill(way, random.between(0, 40))
}

const STARTS = 3

async function start({ place, ledger }: World): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const at = Date.now()
      ledger.started(at, await place.start())
      return
    } catch (error) {
      // A directory must be usable after any kill, at once: trying again only helps to see more.
      ledger.wrong.push(`a start was refused: ${error instanceof Error ? error.message : String(error)}`)
      if (tries === STARTS) throw error
      await sleep(1000)
    }
  }
}

/** The product stops when asked to, and takes with it what it started. */
async function lastStop(place: Place): Promise<string[]> {
  const code = await place.stop()
  const survivors = await place.survivors()
  return [
    ...(code === 0 ? [] : [`the product ended with ${code} when it was asked to stop`]),
    ...survivors.map((name) => `still running after the stop: ${name}`),
  ]
}
