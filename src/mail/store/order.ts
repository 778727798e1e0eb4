import { type Kysely, sql } from 'kysely'
import type { MailTables } from './tables.ts'

export type ClaimedOrder = {
  readonly id: string
  readonly kind: string
  readonly recipient: string
  readonly data: Readonly<Record<string, string>>
  /** This one included. */
  readonly tries: number
  /** Whether it is too late for it. */
  readonly isOver: boolean
}

export async function insertOrder(
  tables: Kysely<MailTables>,
  order: {
    readonly id: string
    readonly kind: string
    readonly recipient: string
    readonly data: Readonly<Record<string, string>>
    readonly seconds: number
  },
): Promise<void> {
  const { id, kind, recipient, data, seconds } = order
  await tables
    .insertInto('mail_order')
    .values({
      ...{ id, kind, recipient },
      data: JSON.stringify(data),
      gives_up_at: sql<Date>`trivet.clock() + make_interval(secs => ${seconds})`,
    })
    .execute()
}

/**
 * Takes the order that has been due the longest, for `leaseSeconds`: when this process dies with it, another one takes
 * it then. By the index on `due_at`; two processes never take the same one.
 */
export function claimOrder(tables: Kysely<MailTables>, leaseSeconds: number): Promise<ClaimedOrder | undefined> {
  return tables
    .with('due', (db) =>
      db
        .selectFrom('mail_order')
        .select('id')
        .where('failed_at', 'is', null)
        .where(sql<boolean>`due_at <= trivet.clock()`)
        .orderBy('due_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('mail_order')
    .set({ tries: sql`tries + 1`, due_at: sql`trivet.clock() + make_interval(secs => ${leaseSeconds})` })
    .where('id', 'in', (db) => db.selectFrom('due').select('id'))
    .returning(['id', 'kind', 'recipient', 'data', 'tries', sql<boolean>`gives_up_at <= trivet.clock()`.as('isOver')])
    .executeTakeFirst()
}

export async function deleteOrder(tables: Kysely<MailTables>, id: string): Promise<void> {
  await tables.deleteFrom('mail_order').where('id', '=', id).execute()
}

/** For whoever has taken it, and is still at it. */
export async function prolongOrder(tables: Kysely<MailTables>, id: string, leaseSeconds: number): Promise<void> {
  await tables
    .updateTable('mail_order')
    .set({ due_at: sql`trivet.clock() + make_interval(secs => ${leaseSeconds})` })
    .where('id', '=', id)
    .where('failed_at', 'is', null)
    .execute()
}

export async function postponeOrder(
  tables: Kysely<MailTables>,
  order: { readonly id: string; readonly seconds: number; readonly failure: string },
): Promise<void> {
  await tables
    .updateTable('mail_order')
    .set({ due_at: sql`trivet.clock() + make_interval(secs => ${order.seconds})`, failure: order.failure })
    .where('id', '=', order.id)
    .execute()
}

export async function failOrder(
  tables: Kysely<MailTables>,
  order: { readonly id: string; readonly failure: string },
): Promise<void> {
  await tables
    .updateTable('mail_order')
    .set({
      failed_at: sql<Date>`trivet.clock()`,
      failure: order.failure,
      // What the operator has to know is the mail server; the person may be gone before the row is.
      recipient: sql<string>`regexp_replace(recipient, '^.*@', '…@')`,
    })
    .where('id', '=', order.id)
    .execute()
}

export type TroubledOrder = {
  readonly id: string
  readonly kind: string
  readonly orderedAt: Date
  readonly tries: number
  readonly failure: string
  readonly isGivenUp: boolean
}

/** Orders of which a try has failed, the latest first. There are few: the rest is gone as soon as it is taken. */
export function listTroubledOrders(tables: Kysely<MailTables>, most: number): Promise<TroubledOrder[]> {
  return tables
    .selectFrom('mail_order')
    .select(['id', 'kind', 'ordered_at as orderedAt', 'tries', sql<string>`failure`.as('failure')])
    .select(sql<boolean>`failed_at is not null`.as('isGivenUp'))
    .where('failure', 'is not', null)
    .orderBy('ordered_at', 'desc')
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
}

export async function deleteOldFailures(tables: Kysely<MailTables>): Promise<void> {
  await tables.deleteFrom('mail_order').where(sql<boolean>`failed_at < trivet.clock() - interval '7 days'`).execute()
}
