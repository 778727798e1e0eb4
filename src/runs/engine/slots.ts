/** Does something during which the run is not at work: it waits for time to pass or for a person. */
export type Rest = <T>(wait: () => Promise<T>) => Promise<T>

/** Counts the runs that this process is at work on, so that those that wait keep nobody else from beginning. */
export function createSlots(most: number) {
  let busy = 0

  async function count<T>(change: 1 | -1, work: () => Promise<T>): Promise<T> {
    busy += change
    try {
      return await work()
    } finally {
      busy -= change
    }
  }

  const rest: Rest = (wait) => count(-1, wait)
  return {
    isFree: () => busy < most,
    isIdle: () => busy <= 0,
    hold: <T>(work: () => Promise<T>) => count(1, work),
    rest,
  }
}
