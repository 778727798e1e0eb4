import { sql } from 'kysely'
import { type Mailbox, openMailbox } from '#testing'
import type { AccountsDeps } from './index.ts'
import { createTown, type Town } from './people.fixture.ts'

/** The room with a mail server that keeps what it gets. */
export async function createPostTown(changes: Partial<AccountsDeps> = {}) {
  const box = await openMailbox()
  const server = {
    ...{ host: '127.0.0.1', port: box.port, tls: 'optional' as const, user: undefined, password: undefined },
    from: { name: 'Trivet', address: 'trivet@id.example' },
  }
  const town = await createTown(changes, undefined, { server, toLog: false })
  return {
    ...town,
    box,
    /** Somebody with an address, confirmed or not. */
    async reachable(username: string, email = `${username}@example.com`, isConfirmed = false) {
      const user = await town.user(username)
      await setEmail(town, user.id, email, isConfirmed)
      return { ...user, email }
    },
    setEmail: (id: string, email: string, isConfirmed: boolean) => setEmail(town, id, email, isConfirmed),
    link: (email: string, path: string) => linkTo(box, email, path),
    /** Letters to somebody that are still to be sent. */
    ordered: (recipient: string) =>
      town.database
        .tables<{ mail_order: { kind: string; recipient: string; data: Record<string, string> } }>()
        .selectFrom('mail_order')
        .select(['kind', 'recipient', 'data'])
        .where('recipient', '=', recipient)
        .execute(),
    async close() {
      await town.close()
      await box.close()
    },
  }
}

export type PostTown = Awaited<ReturnType<typeof createPostTown>>

async function setEmail(town: Town, id: string, email: string, isConfirmed: boolean): Promise<void> {
  await town.tables
    .updateTable('user_account')
    .set({
      ...{ email, email_folded: email.toLowerCase() },
      // The database's own time: one without microseconds lies before what was done in the same millisecond.
      email_verified_at: isConfirmed ? sql<Date>`trivet.clock()` : sql<Date>`null`,
    })
    .where('id', '=', id)
    .execute()
}

/** Path and query of the link in the latest letter to somebody; waits for one. */
async function linkTo(box: Mailbox, email: string, path: string): Promise<string> {
  const giveUp = Date.now() + 5000
  for (;;) {
    const found = box
      .to(email)
      .toReversed()
      .flatMap(({ text }) => text.match(/https?:\/\/\S+/g) ?? [])
      .find((link) => new URL(link).pathname === path)
    if (found !== undefined) return pathOf(found)
    if (Date.now() > giveUp) throw new Error(`no letter to ${email} with a link to ${path}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Path and query of a link of this server. */
export function pathOf(link: string | undefined): string {
  const { pathname, search } = new URL(link ?? '')
  return pathname + search
}
