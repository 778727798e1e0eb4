import { execFile } from 'node:child_process'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { median, ms, table } from '../report.ts'
import { createOurs, createPeer } from './artists.ts'

/** In seconds, but for the memory. */
type FirstUse = {
  /** The bare library has none. */
  readonly catalogue?: number
  readonly firstPicture: number
  /** All of them, as the gallery asks: at once. */
  readonly samples: number
  /** The longest that anybody else in the process had to wait meanwhile. */
  readonly longestWait: number
  readonly megabytes: number
}

/** Of each. */
const CHILDREN = 3

/** What a process that has drawn nothing yet takes; run by `measureFirstUse` in a process of its own. */
export async function useFirst(who: string, styles: readonly string[]): Promise<FirstUse> {
  const before = process.memoryUsage.rss()
  const waits = monitorEventLoopDelay({ resolution: 1 })
  waits.enable()
  // It counts from one tick to the next: the first one has to be before the work.
  await sleep(20)
  const seconds = who === 'ours' ? await useOurs(styles) : usePeer(styles)
  // What came last is counted when its timer comes late.
  await sleep(20)
  waits.disable()
  return { ...seconds, longestWait: waits.max / 1e9, megabytes: (process.memoryUsage.rss() - before) / 1e6 }
}

async function useOurs(styles: readonly string[]) {
  const ours = createOurs()
  const lap = stopwatch()
  await ours.styles()
  const catalogue = lap()
  await ours.drawHere({ seed: 'Ana', style: 'lorelei' })
  const firstPicture = lap()
  await Promise.all(styles.map((id) => ours.sample(id)))
  return { catalogue, firstPicture, samples: lap() }
}

function usePeer(styles: readonly string[]) {
  const peer = createPeer()
  const lap = stopwatch()
  peer.build('lorelei')
  peer.draw('lorelei', 'Ana')
  const firstPicture = lap()
  for (const id of styles) {
    peer.build(id)
    peer.draw(id, 'Felix')
  }
  return { firstPicture, samples: lap() }
}

/** Seconds since the lap before. */
function stopwatch(): () => number {
  let before = performance.now()
  return () => {
    const now = performance.now()
    const seconds = (now - before) / 1000
    before = now
    return seconds
  }
}

/** In fresh processes of this same program, in turns. */
export async function measureFirstUse(program: string, styles: readonly string[]): Promise<void> {
  const found = { ours: [] as FirstUse[], peer: [] as FirstUse[] }
  for (let child = 0; child < CHILDREN; child += 1) {
    for (const who of ['ours', 'peer'] as const) {
      const { stdout } = await promisify(execFile)(process.execPath, [program, 'first-use', who, styles.join()])
      found[who].push(JSON.parse(stdout))
    }
  }
  const row = (name: string, uses: readonly FirstUse[]) => [
    name,
    ...(['catalogue', 'firstPicture', 'samples', 'longestWait'] as const).map((key) => {
      const seconds = uses.flatMap((use) => use[key] ?? [])
      return seconds.length === 0 ? '' : ms(median(seconds))
    }),
    `${median(uses.map(({ megabytes }) => megabytes)).toFixed(0)} MB`,
  ]
  table(
    ['first use in a fresh process', 'catalogue', 'first picture', 'all samples', 'longest block', 'memory grew'],
    [row('Trivet', found.ours), row('bare @dicebear/core', found.peer)],
  )
}
