import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { type Accounts, createAccounts, type FindAskingApp, type User } from '#accounts'
import { type Log, systemClock } from '#base'
import { createEnvelope, createPasswords, parseKeyring, type Signer } from '#crypto'
import type { Database } from '#database'
import type { Caller, Cookies, Csrf } from '#http'
import type { Pages } from '#ui'
import type { Browser } from './browser.fixture.ts'

export type Person = User

export const PASSWORD = 'four words in a row'

/** The room of people, as the product has it. */
export function createTown(deps: {
  database: Database
  signer: Signer
  cookies: Cookies
  csrf: Csrf
  pages: Pages
  log: Log
  publicUrl: string
  askingApp: FindAskingApp
}): Accounts {
  return createAccounts({
    ...deps,
    clock: systemClock,
    passwords: createPasswords({ concurrency: 2 }),
    limitKey: randomBytes(32),
    envelope: createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`)),
    challengeKey: randomBytes(32),
    mail: { mode: 'off', order: async () => undefined },
    passwordApi: true,
    owned: [],
    guestHasThings: async () => false,
    onCredentialsChanged: async () => undefined,
    accountLinks: [],
    signInProviders: () => [],
  })
}

/** A door for tests: signs in whoever it is told to, without the 20 ms of a password. */
export function signInWithoutPassword(server: FastifyInstance, accounts: Accounts): void {
  server.post<{ Body: { id: string } }>('/test/sign-in', async (request, reply) =>
    accounts.signIn(request, reply, request.body.id, { amr: ['pwd'] }),
  )
}

/** People of a rig. */
export function createPeople(database: Database, accounts: Accounts) {
  return {
    async create(username = `person-${randomBytes(4).toString('hex')}`): Promise<Person> {
      const made = await accounts.createUser({ username, password: PASSWORD, isAdmin: false })
      if ('errors' in made) throw new Error(`no person: ${JSON.stringify(made.errors)}`)
      return made.user
    },

    /** A sign-in in this browser that happens now, by the database's clock; a second one is of the same session. */
    async signIn(browser: Browser, person: Person): Promise<Caller> {
      const { status, body } = await browser.post('/test/sign-in', { id: person.id })
      if (status !== 200) throw new Error(`not signed in: ${status} ${body}`)
      const { user, ...caller } = JSON.parse(body)
      return { ...caller, user: { ...user, authTime: new Date(user.authTime) } }
    },

    loginToken: (person: Person): Promise<string> => accounts.loginToken.issue(person, { amr: ['pwd'] }),

    async disable(person: Person): Promise<void> {
      await sql`update trivet.user_account set disabled_at = trivet.clock() where id = ${person.id}`.execute(
        database.tables<unknown>(),
      )
    },
  }
}
