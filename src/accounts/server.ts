import type { Accounts } from './accounts.ts'
import { createAudit } from './audit/audit.ts'
import type { AccountsDeps } from './deps.ts'
import { accountRoutes } from './endpoints/index.ts'
import { createAttempt } from './login/attempt.ts'
import { createFinishSignIn } from './login/finish-sign-in.ts'
import { createLoginLimits } from './login/limits.ts'
import { createLoginTokens, readBearer } from './login/login-token.ts'
import { foldUsername } from './names/username.ts'
import { claimsOf } from './profile/claims.ts'
import { createRegister } from './register/register.ts'
import { createSessions } from './sessions/sessions.ts'
import type { AccountTables } from './store/tables.ts'
import { findUser, findUserByPublicId, touchUser } from './store/user.ts'
import { disableUser, enableUser, listUserEntries } from './store/user-state.ts'
import { createVisitors } from './visitors/visitors.ts'

/** Guests and users, how they sign in, and the pages about one's account. */
export function createAccounts(deps: AccountsDeps): Accounts {
  const { database, cookies, passwords, owned, signer, clock } = deps
  const tables = database.tables<AccountTables>()
  const userByPublicId = (publicId: string) => findUserByPublicId(tables, publicId)
  const limits = createLoginLimits({ tables, key: deps.limitKey })
  const attempt = createAttempt({ tables, passwords, limits })
  const register = createRegister({ tables, passwords })
  const loginToken = createLoginTokens({ signer, issuer: deps.publicUrl, clock, findUser: userByPublicId })

  const accounts: Accounts = {
    ...createVisitors({ database, cookies, owned }),
    ...createSessions({ tables, cookies }),
    user: (ownerId) => findUser(tables, ownerId),
    userByPublicId,
    loginToken,
    async bearerUser(request) {
      const token = readBearer(request.headers.authorization)
      const user = token === undefined ? undefined : await loginToken.verify(token)
      if (user?.isStale) await touchUser(tables, user.id)
      return user
    },
    claimsOf,
    createUser: (user) => register({ ...user, byOperator: true }),
    listUsers: () => listUserEntries(tables),
    async setDisabled(username, isDisabled) {
      const change = isDisabled ? disableUser : enableUser
      const id = await change(tables, foldUsername(username.trim()))
      // Afterwards: from now on nobody gets anything new.
      if (id !== undefined && isDisabled) await deps.onCredentialsChanged(id)
      return id !== undefined
    },
    audit: createAudit(tables),
    routes: (server) => accountRoutes(server, { ...deps, tables, accounts, attempt, register, limits, finishSignIn }),
  }
  const finishSignIn = createFinishSignIn({ accounts })
  return accounts
}
