/** So many wait for a password to be checked that one more would wait for too long. */
export class PasswordsBusy extends Error {
  constructor() {
    super('Too many passwords are waiting to be checked')
    this.name = 'PasswordsBusy'
  }
}

/**
 * Lets so many pieces of work run at once and so many wait, first come first served. Without a bound a crowd at the
 * login page takes all memory; without an end of the queue everybody in it waits in vain.
 */
export function createTurns(options: { readonly atOnce: number; readonly waiting: number }) {
  const queue: (() => void)[] = []
  let running = 0

  async function enter(): Promise<void> {
    if (running < options.atOnce) {
      running += 1
      return
    }
    if (queue.length >= options.waiting) throw new PasswordsBusy()
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  /** A place that is left goes to who waited longest, without being free in between. */
  function leave(): void {
    const next = queue.shift()
    if (next) next()
    else running -= 1
  }

  return async <T>(work: () => Promise<T>): Promise<T> => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
