import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '#base'
import type { Breed, ListedBreed } from './answers.ts'

export type BreedList = {
  /** `shipped`: The Cat API could not be asked; these come without pictures. */
  readonly source: 'api' | 'shipped'
  readonly breeds: readonly ListedBreed[]
  /** Why it is not fresh. */
  readonly failure?: Failure
}

const FRESH_SECONDS = 3600
/** After a failure nobody waits for another one so soon. */
const PATIENCE_SECONDS = 30

/** Keeps the list for an hour; an older one, then the shipped one, takes its place while it cannot be had. */
export function createBreedList(options: {
  load: () => Promise<ListedBreed[]>
  shipped: readonly Breed[]
  /** Which errors are The Cat API's and bridged over; others are thrown. */
  isFailure: (error: unknown) => error is Failure
  /** Milliseconds since some moment; does not jump when the time of day is set. */
  monotonic: () => number
}): (wait?: { readonly atMostMs: number }) => Promise<BreedList> {
  let kept: { list: BreedList; until: number } | undefined
  let loading: Promise<BreedList> | undefined
  const refresh = async (): Promise<BreedList> => {
    const until = (seconds: number) => options.monotonic() + seconds * 1000
    try {
      const breeds = await options.load()
      kept = { list: { source: 'api', breeds }, until: until(FRESH_SECONDS) }
    } catch (error) {
      if (!options.isFailure(error)) throw error
      const { source, breeds } = kept?.list ?? { source: 'shipped' as const, breeds: options.shipped }
      kept = { list: { source, breeds, failure: error }, until: until(PATIENCE_SECONDS) }
    }
    return kept.list
  }
  const load = (): Promise<BreedList> => {
    loading ??= refresh().finally(() => {
      loading = undefined
    })
    return loading
  }
  return async (wait) => {
    if (kept && options.monotonic() < kept.until) return kept.list
    if (!wait) return await load()
    // Whoever waits for a page gets what there is; the loading goes on for the next one.
    const stale = sleep(wait.atMostMs, undefined, { ref: false }).then(
      (): BreedList => kept?.list ?? { source: 'shipped', breeds: options.shipped },
    )
    const fresh = load()
    fresh.catch(() => undefined)
    return await Promise.race([fresh, stale])
  }
}
