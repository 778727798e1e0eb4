import type { Kysely } from 'kysely'
import { newId } from '#base'
import { type AuditActor, auditNote } from '../audit/audit.ts'
import { foldUsername } from '../names/username.ts'
import { listSessions, type SessionView } from '../store/browser-session.ts'
import { insertLoginEvent, type LoginEvent, listLoginEvents } from '../store/login-event.ts'
import type { AccountTables } from '../store/tables.ts'
import {
  countUsers,
  endUserSessions,
  findNamedRecord,
  findOwnerRecord,
  findUserRecord,
  listUserRecords,
} from '../store/user-list.ts'
import type { UserCounts, UserRecord, UserState } from './user-record.ts'

/** People as administrators see them. Who may ask is for the caller to know. */
export type Administration = {
  /**
   * By name. `after`: the name of the last one on the page before; `search`: part of a name or an e-mail address, or a
   * whole `u_…` id.
   */
  users(asked: {
    readonly most: number
    readonly after?: string | undefined
    readonly search?: string | undefined
    readonly state?: UserState | undefined
  }): Promise<readonly UserRecord[]>
  user(publicId: string): Promise<UserRecord | undefined>
  /** By the whole username. */
  named(username: string): Promise<UserRecord | undefined>
  /** By `owner_id`. */
  owner(ownerId: string): Promise<UserRecord | undefined>
  counts(): Promise<UserCounts>
  /** Sessions that open something, the last used first. */
  sessions(user: UserRecord): Promise<readonly SessionView[]>
  /** Sign-ins and attempts, the latest first. */
  logins(user: UserRecord, most: number): Promise<readonly LoginEvent[]>
  /** Signs somebody out everywhere: sessions, login tokens, and what apps hold. @returns whether they were there */
  endSessions(publicId: string, by: AuditActor): Promise<boolean>
}

const PUBLIC_ID = /^u_[\w-]{22}$/

export function createAdministration(deps: {
  readonly tables: Kysely<AccountTables>
  readonly onCredentialsChanged: (ownerId: string) => Promise<void>
}): Administration {
  const { tables } = deps
  return {
    async users({ most, after, search, state }) {
      if (search !== undefined && PUBLIC_ID.test(search)) {
        const found = await findUserRecord(tables, search)
        return found && after === undefined ? [found] : []
      }
      return listUserRecords(tables, { most, after: folded(after), search: folded(search), state })
    },
    user: (publicId) => findUserRecord(tables, publicId),
    named: (username) => findNamedRecord(tables, foldUsername(username.trim())),
    owner: (ownerId) => findOwnerRecord(tables, ownerId),
    counts: () => countUsers(tables),
    sessions: ({ ownerId }) => listSessions(tables, ownerId),
    logins: ({ ownerId }, most) => listLoginEvents(tables, ownerId, most),
    async endSessions(publicId, by) {
      const note = auditNote(by, { action: 'user.signed_out', target: { kind: 'user', id: publicId } })
      const ownerId = await endUserSessions(tables, publicId, note)
      if (ownerId === undefined) return false
      // Afterwards: nothing that ends here can get anything new.
      await deps.onCredentialsChanged(ownerId)
      const event = { id: newId(), ownerId, outcome: 'logged_out' as const, method: 'administrator' }
      // Where the administrator sits is not for the log that this person reads.
      await insertLoginEvent(tables, { ...event, address: '', userAgent: '' })
      return true
    },
  }
}

/** As names and addresses are compared. */
function folded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : foldUsername(text.trim())
}
