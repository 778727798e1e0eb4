/**
 * Runs a piece of work once for everybody in this process who asks for it meanwhile. The work is told to stop when the
 * last of them has gone; who asks after that starts anew.
 */
export type SingleFlight<T> = (
  key: string,
  work: (signal: AbortSignal) => Promise<T>,
  /** Of this asker alone: leaves at once, the others stay. */
  signal?: AbortSignal,
) => Promise<T>

type Flight<T> = { readonly result: Promise<T>; readonly controller: AbortController; waiting: number }

/** @param options.gone what somebody who leaves gets thrown; the reason of the signal unless told. */
export function createSingleFlight<T>(options: { gone?: (signal: AbortSignal) => unknown } = {}): SingleFlight<T> {
  const gone = options.gone ?? ((signal) => signal.reason)
  const flights = new Map<string, Flight<T>>()
  const forget = (key: string, flight: Flight<T>) => {
    if (flights.get(key) === flight) flights.delete(key)
  }

  function join(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const running = flights.get(key)
    if (running) return running
    const controller = new AbortController()
    const flight: Flight<T> = { result: work(controller.signal), controller, waiting: 0 }
    const land = () => forget(key, flight)
    flight.result.then(land, land)
    flights.set(key, flight)
    return flight
  }

  return async (key, work, signal) => {
    if (signal?.aborted) throw gone(signal)
    const flight = join(key, work)
    flight.waiting += 1
    const left = Promise.withResolvers<never>()
    const leave = () => signal && left.reject(gone(signal))
    signal?.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([flight.result, left.promise])
    } finally {
      signal?.removeEventListener('abort', leave)
      flight.waiting -= 1
      if (flight.waiting === 0) {
        forget(key, flight)
        flight.controller.abort()
      }
    }
  }
}
