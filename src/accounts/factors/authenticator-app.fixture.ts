import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { Browser } from '../browser.fixture.ts'
import type { AccountsDeps } from '../deps.ts'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'
import { appCode } from './totp.fixture.ts'

export const FACTORS = '/account/factors'
export const TOTP = `${FACTORS}/totp`
const STEP = 30_000

/** The key on the page that sets an app up, as people read it. */
export const keyIn = (body: string) => /id="totp-secret"[^>]* value="([A-Z2-7 ]+)"/.exec(body)?.[1] ?? ''
/** Recovery codes. */
export const codesIn = (body: string) =>
  [...body.matchAll(/<code>([0-9A-Z-]{29})<\/code>/g)].map(([, code = '']) => code)

/** People with authenticator apps. The phone and the server look at one clock; each code is good once. */
export function useAuthenticators(changes: Partial<AccountsDeps> = {}) {
  let time = Date.now()
  let town: Town
  const letters: string[] = []

  beforeAll(async () => {
    town = await createTown({
      clock: { now: () => new Date(time) },
      mail: { mode: 'smtp', order: async ({ kind, to }) => void letters.push(`${kind} ${to}`) },
      ...changes,
    })
  })
  beforeEach(async () => {
    // Set up a step ago: what is signed in now is of now.
    time = Date.now() - STEP
    await town.shift(0)
  })
  afterAll(() => town.close())

  const later = () => {
    time += STEP
  }
  /** The code of a key; `steps` before or after the one of now. */
  const codeOf = (key: string, steps = 0) => appCode(key, new Date(time + steps * STEP))

  return {
    letters,
    get town() {
      return town
    },
    later,
    codeOf,
    /** Somebody with an authenticator app, in a browser in which they set it up. */
    async person() {
      const user = await town.user()
      const browser = await town.signedIn(user.username)
      await browser.submit(`${TOTP}/begin`, {}, FACTORS)
      const key = keyIn((await browser.get(TOTP)).body)
      const code = () => codeOf(key)
      const on = await browser.submit(TOTP, { code: code() })
      later()
      return { user, browser, key, code, on, recoveryCodes: codesIn(on.body) }
    },
    async halfSignedIn(username: string, way: Readonly<Record<string, string>> = {}) {
      const browser = town.visitor()
      const { location } = await browser.submit('/login', { username, password: PASSWORD, ...way })
      expect(location).toBe('/login/code')
      return browser
    },
    enter: (browser: Browser, code: string) => browser.submit('/login/code', { code }),
  }
}
