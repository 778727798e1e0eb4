/**
 * One writer per upload session. A newer request ends the older one, whose caller has given up (its broken connection
 * may not have been noticed here yet), and starts when that one has stopped writing.
 */
export function createTransfers() {
  const current = new Map<string, { stop: AbortController; done: Promise<void> }>()

  return async function exclusively<T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const before = current.get(id)
    before?.stop.abort()
    const stop = new AbortController()
    const result = (async () => {
      await before?.done
      return work(stop.signal)
    })()
    const done = result.then(
      () => undefined,
      () => undefined,
    )
    current.set(id, { stop, done })
    try {
      return await result
    } finally {
      if (current.get(id)?.done === done) current.delete(id)
    }
  }
}

export type Exclusively = ReturnType<typeof createTransfers>
