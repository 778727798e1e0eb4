import { isOver, type Run } from './run-view.ts'
import type { Runs } from './runs.ts'

/** A run that began longer ago than this is no fast one: whoever opens its page sees at once how it stands. */
const FRESH_MS = 2000

/** The run as it is when it is over or waits for its owner, or after so many milliseconds, whichever comes first. */
export async function untilOver(
  runs: Pick<Runs, 'find' | 'watch'>,
  run: Run,
  wait: { readonly now: Date; readonly mostMs: number },
): Promise<Run> {
  const isSettled = ({ status }: Pick<Run, 'status'>) => isOver(status) || status === 'paused'
  if (isSettled(run)) return run
  if (run.startedAt !== null && wait.now.getTime() - run.startedAt.getTime() > FRESH_MS) return run
  const settled = Promise.withResolvers<void>()
  const timer = setTimeout(settled.resolve, wait.mostMs)
  const unwatch = runs.watch(run.id, (status) => {
    if (status === undefined || isSettled({ status })) settled.resolve()
  })
  try {
    // Again, now that it is watched: it may have ended just before.
    const watched = (await runs.find(run.id, run.ownerId)) ?? run
    if (isSettled(watched)) return watched
    await settled.promise
    return (await runs.find(run.id, run.ownerId)) ?? run
  } finally {
    clearTimeout(timer)
    unwatch()
  }
}
