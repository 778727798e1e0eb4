import { callCancelled } from '#outbound'

type Flight<T> = { readonly result: Promise<T>; readonly controller: AbortController; waiting: number }

/** Runs a piece of work once for everybody who asks for it meanwhile. Stops it when the last of them has gone. */
export type SingleFlight<T> = {
  run(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>()
  return {
    async run(key, signal, work) {
      if (signal?.aborted) throw callCancelled(signal)
      let flight = flights.get(key)
      if (flight === undefined) {
        const controller = new AbortController()
        const result = work(controller.signal)
        const created: Flight<T> = { result, controller, waiting: 0 }
        const land = () => {
          if (flights.get(key) === created) flights.delete(key)
        }
        result.then(land, land)
        flights.set(key, created)
        flight = created
      }
      flight.waiting += 1
      const gone = Promise.withResolvers<never>()
      const leave = () => gone.reject(callCancelled(signal))
      signal?.addEventListener('abort', leave, { once: true })
      try {
        return await Promise.race([flight.result, gone.promise])
      } finally {
        signal?.removeEventListener('abort', leave)
        flight.waiting -= 1
        if (flight.waiting === 0) {
          // The next one to ask starts anew instead of joining what is being stopped.
          if (flights.get(key) === flight) flights.delete(key)
          flight.controller.abort()
        }
      }
    },
  }
}
