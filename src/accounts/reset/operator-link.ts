import type { Kysely } from 'kysely'
import { type AuditActor, auditNote, BY_COMMAND } from '../audit/audit.ts'
import type { AccountTables } from '../store/tables.ts'
import type { NamedUser, User } from '../user.ts'
import { makeResetLink } from './reset-link.ts'

/** Links for a new password that whoever runs the server hands to somebody; needs no mail. It is recorded who made one. */
export function createOperatorLinks(deps: {
  readonly tables: Kysely<AccountTables>
  readonly publicUrl: string
  readonly userOf: (who: NamedUser) => Promise<User | undefined>
}): (who: NamedUser, by: AuditActor) => Promise<string | undefined> {
  return async (who, by) => {
    const user = await deps.userOf(who)
    const way = by.actor === BY_COMMAND.actor ? 'command' : 'console'
    if (!user) return undefined
    const note = auditNote(by, { action: 'user.reset_link_made', target: { kind: 'user', id: user.publicId } })
    return makeResetLink(deps, { ownerId: user.id, way, note })
  }
}
