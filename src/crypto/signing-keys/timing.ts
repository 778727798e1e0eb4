/** When keys change, in seconds. */
export type KeyTiming = {
  /**
   * From publishing a key to signing with it: longer than anybody may keep the JWKS without asking again (its
   * `Cache-Control`), and than two rounds of housekeeping, by which every process has heard of it.
   */
  readonly publishedBeforehand: number
  /** How long a key verifies after its last signature: longer than the longest token lives. */
  readonly keptAfterwards: number
  /** Age of a key at which its successor is made. */
  readonly changedEvery: number
}

const HOUR = 3600
const DAY = 24 * HOUR

/** No token of ours lives for more than an hour; the rest of a day is for the `id_token_hint` of a logout in the evening. */
export const KEY_TIMING: KeyTiming = { publishedBeforehand: HOUR, keptAfterwards: DAY, changedEvery: 90 * DAY }
