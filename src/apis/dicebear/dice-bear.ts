import { type Clock, Failure, type Log, systemClock } from '#base'
import { callCancelled, type Outbound } from '#outbound'
import type { Avatar, AvatarStyle } from './avatar.ts'
import { readCatalogue } from './catalogue.ts'
import { findDefinitions } from './definitions.ts'
import { readOptions } from './options.ts'
import { askServer, type ServerRequest } from './server.ts'
import { createShelf } from './shelf.ts'
import { whyNot } from './why-not.ts'

/** An avatar, and who drew it. */
export type DrawnAvatar = {
  readonly svg: string
  readonly by: 'http' | 'here'
  /** The server that drew it. */
  readonly host?: string
  /** One sentence: why it was drawn here although there is a server. */
  readonly why?: string
}

/** Avatars of DiceBear 10.x (https://www.dicebear.com), by a server of theirs or in this process: the same picture. */
export type DiceBear = {
  /** All installed styles, by name. */
  styles(): Promise<readonly AvatarStyle[]>
  /** An SVG that shows what a style is like, always the same; undefined for a style that there is not. */
  sample(style: string): Promise<string | undefined>
  /**
   * An SVG drawn in this process.
   *
   * @throws Failure `avatar_style_unknown`, `avatar_color_invalid`, `avatar_mood_unknown`, `avatar_seed_too_long`
   */
  drawHere(avatar: Avatar): Promise<string>
  /**
   * An SVG by the server, where one is set and answers as it should, else drawn in this process.
   *
   * @throws Failure as `drawHere`, and of kind `cancelled`
   */
  draw(avatar: Avatar, options?: { readonly signal?: AbortSignal }): Promise<DrawnAvatar>
}

/** What it needs; what tests set has a default. */
export type DiceBearOptions = {
  readonly outbound: Outbound
  /** `https://api.dicebear.com/10.x`, without a slash at the end; drawn here only without one. */
  readonly url: string | undefined
  /** Throws a Failure for an SVG that may not be shown: what a server sends is a stranger's. */
  readonly requireSafe: (svg: string) => void
  readonly log: Log
  /** For `Retry-After` with a date. */
  readonly clock?: Clock
  /** How long the server may take. */
  readonly timeoutSeconds?: number
  /** Milliseconds since some moment; does not jump when the time of day is set. */
  readonly monotonic?: () => number
}

const TIMEOUT_SECONDS = 10
const SAMPLE_SEED = 'Felix'
/** How long a server that did not answer is left alone: nobody else waits ten seconds for it. */
const COOL_DOWN_SECONDS = 30

export function createDiceBear({ outbound, url, requireSafe, log, ...options }: DiceBearOptions): DiceBear {
  const clock = options.clock ?? systemClock
  const monotonic = options.monotonic ?? (() => performance.now())
  const load = once(async () => {
    const definitions = await findDefinitions()
    return { styles: await readCatalogue(definitions), draw: createShelf(definitions) }
  })
  const samples = new Map<string, string>()
  const timeoutSeconds = options.timeoutSeconds ?? TIMEOUT_SECONDS
  let leftAloneUntil = 0

  const askAndCheck = async (request: Omit<ServerRequest, 'now' | 'timeoutSeconds'>): Promise<string> => {
    try {
      const svg = await askServer(outbound, { ...request, timeoutSeconds, now: clock.now() })
      requireSafe(svg)
      return svg
    } catch (error) {
      if (error instanceof Failure && ['transient', 'rate_limited'].includes(error.data.kind)) {
        leftAloneUntil = monotonic() + (error.data.retryAfter ?? COOL_DOWN_SECONDS) * 1000
      }
      throw error
    }
  }

  return {
    styles: async () => (await load()).styles,
    async sample(style) {
      const { styles, draw } = await load()
      if (!styles.some(({ id }) => id === style)) return undefined
      const svg = samples.get(style) ?? (await draw(style, { seed: SAMPLE_SEED }))
      samples.set(style, svg)
      return svg
    },
    async drawHere(avatar) {
      const { styles, draw } = await load()
      return await draw(avatar.style, readOptions(avatar, styles))
    },
    async draw(avatar, { signal } = {}) {
      if (signal?.aborted) throw callCancelled(signal)
      const loaded = await load()
      const drawOptions = readOptions(avatar, loaded.styles)
      const drawHere = () => loaded.draw(avatar.style, drawOptions)
      if (url === undefined) return { svg: await drawHere(), by: 'here' }
      const { host } = new URL(url)
      if (monotonic() < leftAloneUntil) {
        return { svg: await drawHere(), by: 'here', why: `${host} did not answer a moment ago, so it was not asked.` }
      }
      try {
        const svg = await askAndCheck({ url, style: avatar.style, options: drawOptions, signal })
        return { svg, by: 'http', host }
      } catch (error) {
        if (!(error instanceof Failure) || error.data.kind === 'cancelled') throw error
        const { code } = error.data
        log.warn(
          { host, code, hint: error.hint, style: avatar.style },
          'An avatar was drawn here instead of by DiceBear',
        )
        return { svg: await drawHere(), by: 'here', why: whyNot(error, host) }
      }
    },
  }
}

/** Loads for the first who asks, and again after it failed. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  return () => {
    loaded ??= load().catch((error) => {
      loaded = undefined
      throw error
    })
    return loaded
  }
}
