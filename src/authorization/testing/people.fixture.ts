import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { newId } from '#base'
import { hashSecret, randomToken } from '#crypto'
import type { Database } from '#database'
import type { Caller, Cookies } from '#http'
import type { AuthorizationDeps } from '../deps.ts'
import type { Browser } from './browser.fixture.ts'

export type Person = { readonly id: string; readonly publicId: string; readonly username: string }

/** People with rows, sessions and login tokens of their own, without the pages of the room that has those. */
export function createPeople(database: Database, cookies: Cookies) {
  const db = database.tables<unknown>()
  const sessions = new Map<string, Caller>()
  const bearers = new Map<string, Person & { authTime: Date; amr: readonly string[] }>()
  const disabled = new Set<string>()
  const known: Person[] = []
  const alive = (person: Person | undefined) => (person && !disabled.has(person.id) ? person : undefined)

  return {
    door: {
      user: async (id: string) => alive(known.find((person) => person.id === id)),
      userByPublicId: async (publicId: string) => alive(known.find((person) => person.publicId === publicId)),
      claimsOf: ({ username }: Person, scopes: readonly string[]) =>
        scopes.includes('profile') ? { name: username, preferred_username: username } : {},
      async bearerUser(request: FastifyRequest) {
        return bearers.get(/^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '')
      },
      signOut: async (request: FastifyRequest) => {
        sessions.delete(cookies.session.get(request) ?? '')
        request.caller = null
      },
    } as unknown as AuthorizationDeps['accounts'],

    resolve(server: FastifyInstance): void {
      server.addHook('onRequest', async (request) => {
        request.caller = sessions.get(cookies.session.get(request) ?? '') ?? null
      })
    },

    async create(username = `person-${randomBytes(4).toString('hex')}`): Promise<Person> {
      const person = { id: newId(), publicId: `u_${randomToken().slice(0, 22)}`, username }
      await sql`insert into trivet.user_account (id, kind, public_id, username, username_folded)
        values (${person.id}, 'user', ${person.publicId}, ${username}, ${username})`.execute(db)
      known.push(person)
      return person
    },

    /** A session in this browser that begins now, by the database's clock; `same`: the person proves once more who they are. */
    async signIn(browser: Browser, person: Person, same = false): Promise<Caller> {
      const secret = randomToken()
      const before = sessions.get(browser.cookies.get(cookies.session.name) ?? '')
      const sessionId = same && before ? before.sessionId : newId()
      const { rows } = await sql<{ auth_time: Date }>`
        insert into trivet.browser_session (id, secret_hash, owner_id, ends_at, auth_time)
        values (${sessionId}, ${hashSecret(secret)}, ${person.id}, trivet.clock() + interval '12 hours', trivet.clock())
        on conflict (id) do update set auth_time = trivet.clock() returning auth_time`.execute(db)
      const [{ auth_time: authTime } = { auth_time: new Date() }] = rows
      const { publicId, username } = person
      const user = { publicId, username, isAdmin: false, authTime, amr: ['pwd'], sid: sessionId.slice(-12) }
      const caller: Caller = { ownerId: person.id, kind: 'user', sessionId, user }
      sessions.set(secret, caller)
      browser.cookies.set(cookies.session.name, secret)
      return caller
    },

    loginToken(person: Person, authTime = new Date()): string {
      const token = randomToken()
      bearers.set(token, { ...person, authTime, amr: ['pwd'] })
      return token
    },

    disable: (person: Person) => void disabled.add(person.id),
  }
}
