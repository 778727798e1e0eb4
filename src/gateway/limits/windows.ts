import type { Clock } from '#base'

/** Counts in windows of time, in this process. */
export type Windows = {
  /** @returns seconds to wait; 0: it may go on, and has been counted */
  take(key: string, limit: { readonly most: number; readonly seconds: number }): number
}

/** More keys than this at once are an attack; the oldest are forgotten then, which lets somebody through, not out. */
const MOST_KEYS = 100_000

export function createWindows(clock: Clock): Windows {
  const windows = new Map<string, { count: number; endsAt: number }>()
  return {
    take(key, { most, seconds }) {
      const now = clock.now().getTime()
      const window = windows.get(key)
      if (!window || window.endsAt <= now) {
        windows.delete(key)
        if (windows.size >= MOST_KEYS) windows.delete(windows.keys().next().value ?? '')
        windows.set(key, { count: 1, endsAt: now + seconds * 1000 })
        return 0
      }
      window.count += 1
      return window.count <= most ? 0 : Math.max(1, Math.ceil((window.endsAt - now) / 1000))
    },
  }
}
