import type { Kysely } from 'kysely'
import { type Audit, type AuditActor, BY_COMMAND } from '../audit/audit.ts'
import type { AccountTables } from '../store/tables.ts'
import type { NamedUser, User } from '../user.ts'
import { makeResetLink } from './reset-link.ts'

/** Links for a new password that whoever runs the server hands to somebody; needs no mail. It is recorded who made one. */
export function createOperatorLinks(deps: {
  readonly tables: Kysely<AccountTables>
  readonly publicUrl: string
  readonly audit: Pick<Audit, 'record'>
  readonly userOf: (who: NamedUser) => Promise<User | undefined>
}): (who: NamedUser, by: AuditActor) => Promise<string | undefined> {
  return async (who, by) => {
    const user = await deps.userOf(who)
    const way = by.actor === BY_COMMAND.actor ? 'command' : 'console'
    const link = user && (await makeResetLink(deps, { ownerId: user.id, way }))
    if (!link) return undefined
    await deps.audit.record(by, { action: 'user.reset_link_made', target: { kind: 'user', id: user.publicId } })
    return link
  }
}
