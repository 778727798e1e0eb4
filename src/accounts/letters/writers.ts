import type { Kysely } from 'kysely'
import type { Mail, Writer } from '#mail'
import { noticeWriters } from '../email/notices.ts'
import { verificationWriters } from '../email/verification.ts'
import { resetWriters } from '../reset/reset-letters.ts'
import type { AccountTables } from '../store/tables.ts'

/** Who writes the letters of this room, by their kinds. */
export function createWriters(deps: {
  readonly tables: Kysely<AccountTables>
  readonly publicUrl: string
  readonly mail: Pick<Mail, 'order'>
}): Readonly<Record<string, Writer>> {
  return { ...resetWriters(deps), ...verificationWriters(deps), ...noticeWriters(deps) }
}
