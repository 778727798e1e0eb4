import { type Kysely, sql } from 'kysely'

/**
 * Letters that are to be sent. A row says what for and to whom; the letter itself, with the link in it, is written at
 * the moment it is sent and stands nowhere. Gone when the mail server has taken it; one that could not be sent stays
 * for a while with the reason.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table trivet.mail_order (
    id uuid primary key,
    kind text not null,
    recipient text not null,
    data jsonb not null,
    ordered_at timestamptz not null default trivet.clock(),
    due_at timestamptz not null default trivet.clock(),
    gives_up_at timestamptz not null,
    tries integer not null default 0,
    failed_at timestamptz,
    failure text
  )`.execute(db)
  await sql`create index mail_order_due on trivet.mail_order (due_at) where failed_at is null`.execute(db)
}
