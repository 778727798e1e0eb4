import type { UserRecord } from '#accounts'
import type { ConsoleDeps } from '../deps.ts'
import { problem } from '../errors.ts'
import type { Administrator } from '../gate/administrator.ts'

/** What administrators do to users; page and API do the same, and every change is in the audit log. */
export type UserActions = {
  /** @throws Problem `user_not_found` */
  find(id: string): Promise<UserRecord>
  /** @throws Problem `user_not_found`, `own_account`, `last_administrator` */
  setDisabled(administrator: Administrator, id: string, isDisabled: boolean): Promise<UserRecord>
  /** For one new password, once; it signs nobody in. @throws Problem `user_not_found`, `reset_link_unavailable` */
  makeResetLink(administrator: Administrator, id: string): Promise<string>
  /**
   * Turns off the codes of an authenticator app, for who has lost it.
   *
   * @returns whether codes were asked for @throws Problem `user_not_found`
   */
  removeCodes(administrator: Administrator, id: string): Promise<boolean>
  /** Signs somebody out everywhere. @throws Problem `user_not_found` */
  endSessions(administrator: Administrator, id: string): Promise<void>
}

export function createUserActions({ accounts }: Pick<ConsoleDeps, 'accounts'>): UserActions {
  const { administration } = accounts

  async function find(id: string): Promise<UserRecord> {
    const user = await administration.user(id)
    if (!user) throw unknown()
    return user
  }

  return {
    find,
    async setDisabled(administrator, id, isDisabled) {
      const user = await find(id)
      // Nobody locks themselves out, so that whoever does this is an administrator afterwards.
      if (isDisabled && id === administrator.publicId) {
        throw problem('own_account', 'Ask another administrator to disable it.')
      }
      if (user.isDisabled === isDisabled) return user
      const outcome = await accounts.setDisabled(user.username, isDisabled, administrator.by)
      if (outcome === 'not_found') throw unknown()
      // Two administrators who disable each other at the same moment.
      if (outcome === 'last_administrator') throw problem('last_administrator', 'Make somebody else one first.')
      return find(id)
    },
    async makeResetLink({ by }, id) {
      await find(id)
      // The room of accounts records it, as it does for commands.
      const link = await accounts.resetLink({ publicId: id }, by)
      if (link === undefined) throw problem('reset_link_unavailable', 'The account is disabled. Enable it first.')
      return link
    },
    async removeCodes({ by }, id) {
      await find(id)
      return accounts.removeCodes({ publicId: id }, by)
    },
    async endSessions({ by }, id) {
      if (!(await administration.endSessions(id, by))) throw unknown()
    },
  }
}

function unknown() {
  return problem('user_not_found', 'The account may have been deleted.')
}
