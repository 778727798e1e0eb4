import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { newId } from '#base'
import type { Browser } from '../browser.fixture.ts'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'
import type { Owned } from '../visitors/owned.ts'

/** Guests with files, in a room of their own that can be made to wait or to fail. */
export function useGuests() {
  let town: Town
  let afterMove: () => Promise<boolean> = async () => true
  const moved: string[] = []

  /** A room that keeps files of owners. */
  const files: Owned = {
    erase: async () => undefined,
    async describe(tablesOf, ownerId) {
      const { rows } = await sql<{ id: string; name: string; at: Date }>`
        select id, name, created_at as at from trivet.stored_file where owner_id = ${ownerId} order by name`.execute(
        tablesOf(),
      )
      return rows.map((row) => ({ kind: 'file' as const, state: '4 bytes', ...row }))
    },
    async move(tablesOf, { from, to, ids }) {
      await sql`update trivet.stored_file set owner_id = ${to}
        where owner_id = ${from} and id = any(${[...ids]}::uuid[])`.execute(tablesOf())
      return afterMove()
    },
    moved: async (ownerId) => void moved.push(ownerId),
  }

  beforeAll(async () => {
    town = await createTown({ owned: [files] })
  })
  beforeEach(async () => {
    afterMove = async () => true
    moved.length = 0
    await town.shift(0)
  })
  afterAll(() => town.close())

  const cookie = () => town.cookies.session.name

  async function fileOf(ownerId: string, name: string): Promise<string> {
    const id = newId()
    await sql`insert into trivet.stored_file (id, key, owner_id, name, type, size, sha256)
      values (${id}, ${`file/${id}`}, ${ownerId}, ${name}, 'text/plain', 4, 'x')`.execute(town.database.tables())
    return id
  }

  async function namesOf(ownerId: string): Promise<string[]> {
    const all = await files.describe?.(town.database.tables, ownerId)
    return (all ?? []).map(({ name }) => name)
  }

  /** A browser that was a guest with these files. */
  async function guestWith(...names: string[]) {
    const browser = town.visitor()
    await browser.post('/act', {})
    const guest = await browser.who()
    if (!guest) throw new Error('no guest')
    const ids: string[] = []
    for (const name of names) ids.push(await fileOf(guest.ownerId, name))
    return { browser, guestId: guest.ownerId, secret: browser.cookies.get(cookie()) ?? '', ids }
  }

  const signIn = (browser: Browser, username: string, fields: Readonly<Record<string, string>> = {}) =>
    browser.submit('/login', { username, password: PASSWORD, ...fields }, '/login?prompt=login')

  const decide = (browser: Browser, decision: string, fields: Readonly<Record<string, string>> = {}) =>
    browser.submit('/account/merge', { decision, ...fields })

  const accountExists = async (id: string) =>
    (await town.tables.selectFrom('user_account').select('id').where('id', '=', id).execute()).length === 1

  return {
    get town() {
      return town
    },
    /** What happens within a transaction, after everything was moved. */
    get afterMove() {
      return afterMove
    },
    set afterMove(next: () => Promise<boolean>) {
      afterMove = next
    },
    ...{ files, moved, cookie, fileOf, namesOf, guestWith, signIn, decide, accountExists },
  }
}
