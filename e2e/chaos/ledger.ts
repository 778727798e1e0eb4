import type { RunJson } from '../harness/runs.ts'
import type { Way } from './place.ts'
import type { Visit } from './visit.ts'

/** One kill, and how the start after it went. */
export type Kill = {
  readonly phase: string
  readonly way: Way
  /** Runs that were begun and not over. */
  readonly underWay: ReadonlySet<string>
  /** When the process was started that came up again; milliseconds since 1970. */
  startedAt?: number
  readyMs?: number
  /** From that start to the first step, of any of those runs, that began or ended after it. */
  recoveredMs?: number
}

/** What happened, written down while it happens. */
export type Ledger = {
  readonly kills: Kill[]
  readonly visits: Visit[]
  /** What went wrong, in words. */
  readonly wrong: string[]
  killed(phase: string, way: Way): void
  started(at: number, readyMs: number): void
  saw(run: RunJson): void
}

export function createLedger(): Ledger {
  const kills: Kill[] = []
  const visits: Visit[] = []
  /** Kills since the product was last up. */
  let pending: Kill[] = []
  let latest: Kill | undefined

  return {
    kills,
    visits,
    wrong: [],
    killed(phase, way) {
      const working = visits.filter(({ run }) => run && ['queued', 'running'].includes(run.status))
      const kill = { phase, way, underWay: new Set(working.flatMap(({ runId }) => runId ?? [])) }
      kills.push(kill)
      pending.push(kill)
    },
    started(at, readyMs) {
      for (const kill of pending) Object.assign(kill, { startedAt: at, readyMs })
      latest = pending.find((kill) => kill.underWay.size > 0)
      pending = []
    },
    saw(run) {
      const since = latest?.startedAt
      if (!latest?.underWay.has(run.id) || since === undefined) return
      const times = run.steps.flatMap((step) => [step.started_at, step.finished_at])
      const after = times.flatMap((time) => (time === null ? [] : Date.parse(time) - since)).filter((ms) => ms > 0)
      if (after.length === 0) return
      latest.recoveredMs = Math.min(latest.recoveredMs ?? Number.POSITIVE_INFINITY, ...after)
    },
  }
}
