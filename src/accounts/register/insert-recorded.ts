import type { Kysely } from 'kysely'
import { type AuditActor, auditNote } from '../audit/audit.ts'
import type { AccountTables } from '../store/tables.ts'
import { insertUser } from '../store/user.ts'

/**
 * A user whom whoever runs the server makes, with the entry in the audit log.
 *
 * @param trx a transaction
 * @returns false when the name is taken
 */
export async function insertRecorded(
  trx: Kysely<AccountTables>,
  user: Parameters<typeof insertUser>[1],
  { by, details = {} }: { readonly by: AuditActor; readonly details?: Readonly<Record<string, string>> },
): Promise<boolean> {
  if (!(await insertUser(trx, user))) return false
  const target = { kind: 'user', id: user.publicId } as const
  await auditNote(by, { action: 'user.created', target, details: { isAdmin: user.isAdmin, ...details } })(trx)
  return true
}
