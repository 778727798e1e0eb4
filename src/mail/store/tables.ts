import type { ColumnType, Generated } from 'kysely'

type Stamp = ColumnType<Date, never, Date>

/** Rows of this room (migration 202611201230). */
export type MailTables = {
  mail_order: {
    id: string
    kind: string
    recipient: string
    data: ColumnType<Record<string, string>, string, never>
    ordered_at: Stamp
    due_at: Stamp
    gives_up_at: ColumnType<Date, Date, never>
    tries: Generated<number>
    failed_at: ColumnType<Date | null, never, Date>
    failure: string | null
  }
}
