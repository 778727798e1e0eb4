import { type Browser, openBrowser } from '../browser.ts'
import type { Effort } from '../effort.ts'
import { cpuSeconds, type Started } from '../product.ts'

/** `cpuSeconds` are the server's; `waits` is how long each took, in seconds. */
export type Served = Effort & { readonly waits: readonly number[] }

/** So that `X-Forwarded-For` counts: previews are limited per address, to 120 in ten seconds. */
export const BEHIND_PROXY = { TRIVET_TRUSTED_PROXIES: '127.0.0.1' }
const MOST_OF_ONE_ADDRESS = 100

/** Asks for so many previews, `styles` in rotation, never the same picture twice. */
export async function askForPreviews(
  { url, pid }: Started,
  ask: { readonly pieces: number; readonly styles: readonly string[]; readonly connections: number },
): Promise<Served> {
  const browser = openBrowser(url, ask.connections)
  const waits: number[] = []
  const cpu = cpuSeconds(pid)
  const began = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: ask.connections }, async () => {
      while (next < ask.pieces) waits.push(await askForOne(browser, ask.styles, next++))
    }),
  )
  const seconds = (performance.now() - began) / 1000
  browser.close()
  return { pieces: ask.pieces, seconds, cpuSeconds: cpuSeconds(pid) - cpu, waits }
}

let words = 0

async function askForOne(browser: Browser, styles: readonly string[], index: number): Promise<number> {
  words += 1
  const address = Math.floor(words / MOST_OF_ONE_ADDRESS)
  const query = new URLSearchParams({ seed: `words ${words}`, style: styles[index % styles.length] ?? '' })
  const { seconds } = await browser.get(`/avatars/preview.svg?${query}`, `10.0.${address >> 8}.${address & 255}`)
  return seconds
}
