import { randomBytes } from 'node:crypto'
import { type Accounts, createAccounts, type SignInProvider } from '#accounts'
import { type Log, systemClock } from '#base'
import { createPasswords, type Envelope } from '#crypto'
import type { Database } from '#database'
import type { Cookies, Csrf } from '#http'
import type { Pages } from '#ui'
import type { Browser } from './browser.fixture.ts'

export const PASSWORD = 'four words in a row'

/** The room of people, as the product has it; nobody here signs in by a token or gets a letter. */
export function createPeople(deps: {
  database: Database
  cookies: Cookies
  csrf: Csrf
  pages: Pages
  log: Log
  envelope: Envelope
  publicUrl: string
  signInProviders: () => readonly SignInProvider[]
  owned: readonly { erase(ownerId: string): Promise<void> }[]
}): Accounts {
  return createAccounts({
    ...deps,
    clock: systemClock,
    passwords: createPasswords({ concurrency: 2 }),
    limitKey: randomBytes(32),
    challengeKey: randomBytes(32),
    mail: { mode: 'off', order: async () => undefined },
    signer: { sign: async () => '', verify: async () => undefined },
    passwordApi: false,
    guestHasThings: async () => false,
    onCredentialsChanged: async () => undefined,
    accountLinks: [],
  })
}

/** Somebody with a password, in a browser in which they have just signed in. */
export async function signInByPassword(browser: Browser, username: string) {
  const answer = await browser.submit('/login', { username, password: PASSWORD }, '/login')
  if (answer.status !== 303) throw new Error(`not signed in: ${answer.status} ${answer.body}`)
  return answer
}
