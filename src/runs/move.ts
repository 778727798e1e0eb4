import { isDeepStrictEqual } from 'node:util'
import type { Belonging, Move } from '#accounts'
import type { Connections } from '#connections'
import type { Envelope } from '#crypto'
import type { TablesOf } from '#database'
import { markOf } from './account-mark.ts'
import type { Mashup } from './definition/mashup.ts'
import type { RunStatus } from './run-view.ts'
import { giveRuns, type LockedRun, listOwnedRuns, lockRuns, rewriteAccounts } from './store/run-move.ts'
import { resealRunSecrets } from './store/run-secret.ts'
import type { RunTables } from './store/tables.ts'

const STATES: Readonly<Record<RunStatus, string>> = {
  queued: 'about to begin',
  running: 'under way',
  paused: 'waits for an account',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** All runs of an owner, for who may take them along. */
export async function describeRuns(
  tablesOf: TablesOf,
  ownerId: string,
  mashup: (id: string) => Mashup | undefined,
): Promise<Belonging[]> {
  const runs = await listOwnedRuns(tablesOf<RunTables>(), ownerId)
  return runs.map(({ id, status, createdAt, ...run }) => ({
    ...{ kind: 'run' as const, id, state: STATES[status], at: createdAt },
    name: mashup(run.mashup)?.title ?? run.mashup,
  }))
}

/**
 * Gives runs to another owner, with their files and secrets, those that are at work as well: the engine knows a run by
 * its id alone, and looks up whose it is when it misses an account. One that waits in the middle for an account waits for
 * one that is connected from now on: those that its new owner had are another person's for all that we know.
 */
export async function moveRuns(
  deps: { readonly envelope: Envelope; readonly connections: Pick<Connections, 'describe'> },
  tablesOf: TablesOf,
  move: Move,
): Promise<void> {
  const { from, to, ids, became } = move
  const tables = tablesOf<RunTables>()
  const runs = await lockRuns(tables, { ownerId: from, ids: [...ids] })
  const runIds = runs.map(({ id }) => id)
  if (runIds.length === 0) return
  await giveRuns(tables, { to, ids: runIds })
  await resealRunSecrets(tables, deps.envelope, { from, to, runIds })
  const theirs = runs.some(({ pause }) => pause?.marks)
    ? (await deps.connections.describe(tablesOf, to)).filter(({ id }) => !ids.has(id))
    : []
  const known = new Set(became.values())
  const marks = theirs.flatMap(({ id, at }) => (known.has(id) ? [] : [markOf({ id, connectedAt: at })]))
  for (const run of runs) {
    const after = withAccounts(run, became, marks)
    if (!isDeepStrictEqual(after, run)) await rewriteAccounts(tables, after)
  }
}

/** The same run with its accounts under their names of now, and with more of them that were there before it waited. */
function withAccounts(run: LockedRun, became: ReadonlyMap<string, string>, marks: readonly string[]): LockedRun {
  const { pause } = run
  const connections = Object.fromEntries(
    Object.entries(run.connections).map(([name, id]) => [name, became.get(id) ?? id]),
  )
  if (!pause) return { ...run, connections }
  const { connection_id: id } = pause
  return {
    ...run,
    connections,
    pause: {
      ...pause,
      ...(id === undefined ? {} : { connection_id: became.get(id) ?? id }),
      ...(pause.marks ? { marks: [...pause.marks, ...marks] } : {}),
    },
  }
}
