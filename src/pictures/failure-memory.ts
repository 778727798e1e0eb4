import { type Clock, Failure } from '#base'

/** What failed a while ago fails again without being tried. */
export type FailureMemory = {
  /** Remembers a `Failure`, nothing else. @throws what it is given */
  keep(key: string, error: unknown): never
  /** @throws Failure that was kept under this key */
  throwAgain(key: string): void
}

/** In this process only. @param options.most how many are remembered; the oldest are forgotten first */
export function createFailureMemory(options: { clock: Clock; most: number; seconds: number }): FailureMemory {
  const kept = new Map<string, { readonly failure: Failure; readonly until: number }>()
  const now = () => options.clock.now().getTime()
  return {
    keep(key, error) {
      if (error instanceof Failure) {
        kept.delete(key)
        kept.set(key, { failure: error, until: now() + options.seconds * 1000 })
        // A Map keeps the order in which its keys came.
        for (const oldest of kept.keys()) {
          if (kept.size <= options.most) break
          kept.delete(oldest)
        }
      }
      throw error
    },
    throwAgain(key) {
      const found = kept.get(key)
      if (!found) return
      if (found.until > now())
        throw new Failure(found.failure.data, { hint: 'failed a while ago', cause: found.failure })
      kept.delete(key)
    },
  }
}
