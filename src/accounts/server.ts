import type { Accounts } from './accounts.ts'
import { createAdministration } from './administration/administration.ts'
import { auditNote, BY_SERVER, createAudit } from './audit/audit.ts'
import type { AccountsDeps } from './deps.ts'
import { orderNotice } from './email/notices.ts'
import { accountRoutes } from './endpoints/index.ts'
import { createChallenges } from './factors/challenges.ts'
import { createPasskeys } from './factors/passkeys.ts'
import { createSecondFactor } from './factors/second-factor.ts'
import { createIdentities, createLinkIdentity } from './identities/identities.ts'
import { createLetterLimits } from './letters/limits.ts'
import { createWriters } from './letters/writers.ts'
import { createAttempt } from './login/attempt.ts'
import { createFinishSignIn } from './login/finish-sign-in.ts'
import { createLoginLimits } from './login/limits.ts'
import { createLoginTokens, readBearer } from './login/login-token.ts'
import { createPendingSignIns } from './login/pending.ts'
import { createGuestMerge } from './merge/guest-merge.ts'
import { foldUsername } from './names/username.ts'
import { claimsOf } from './profile/claims.ts'
import { insertRecorded } from './register/insert-recorded.ts'
import { createRegister } from './register/register.ts'
import { createRegistrationLimit } from './register/registration-limit.ts'
import { createOperatorLinks } from './reset/operator-link.ts'
import { createFreshSignIn } from './sessions/fresh-sign-in.ts'
import { createSessions } from './sessions/sessions.ts'
import { makeSetupLink } from './setup/setup-link.ts'
import type { AccountTables } from './store/tables.ts'
import { findUser, findUserByName, findUserByPublicId, touchUser, touchUserByApp } from './store/user.ts'
import { disableUser, enableUser, listUserEntries } from './store/user-state.ts'
import type { NamedUser } from './user.ts'
import { createVisitors } from './visitors/visitors.ts'

/** Guests and users, how they sign in, and the pages about one's account. */
export function createAccounts(deps: AccountsDeps): Accounts {
  const { database, cookies, passwords, owned, signer, clock } = deps
  const tables = database.tables<AccountTables>()
  const userByPublicId = (publicId: string) => findUserByPublicId(tables, publicId)
  const limits = createLoginLimits({ tables, key: deps.limitKey })
  const secondFactor = createSecondFactor({ tables, envelope: deps.envelope, limits, clock })
  const challenges = createChallenges({ key: deps.challengeKey, tables, clock })
  const factors = {
    secondFactor,
    passkeys: createPasskeys({ tables, challenges, publicUrl: deps.publicUrl }),
    pendingSignIns: createPendingSignIns({ tables, cookies }),
  }
  const attempt = createAttempt({ tables, passwords, limits })
  const register = createRegister({ tables, passwords })
  const registrationLimit = createRegistrationLimit({ tables, key: deps.limitKey })
  const letterLimits = createLetterLimits({ tables, key: deps.limitKey })
  const audit = createAudit(tables)
  const userOf = (who: NamedUser) =>
    'username' in who ? findUserByName(tables, foldUsername(who.username.trim())) : userByPublicId(who.publicId)
  const { publicUrl } = deps
  const loginToken = createLoginTokens({ signer, issuer: deps.publicUrl, clock, findUser: userByPublicId })

  const guestMerge = createGuestMerge(deps)

  const accounts: Accounts = {
    ...createVisitors({ database, cookies, owned }),
    ...createSessions({ tables, cookies }),
    ...createFreshSignIn({ tables }),
    user: (ownerId) => findUser(tables, ownerId),
    userByPublicId,
    noteUse: async ({ id, isStale }) => {
      if (isStale) await touchUserByApp(tables, id)
    },
    loginToken,
    async bearerUser(request) {
      const token = readBearer(request.headers.authorization)
      const user = token === undefined ? undefined : await loginToken.verify(token)
      if (user?.isStale) await touchUser(tables, user.id)
      return user
    },
    claimsOf,
    createUser: (user, by) =>
      register(
        { ...user, byOperator: true },
        by && ((row) => tables.transaction().execute((trx) => insertRecorded(trx, row, { by }))),
      ),
    listUsers: () => listUserEntries(tables),
    async setDisabled(username, isDisabled, by = BY_SERVER) {
      const [change, action] = isDisabled ? [disableUser, 'user.disabled'] : [enableUser, 'user.enabled']
      const noteOf = (id: string) => auditNote(by, { action, target: { kind: 'user', id } })
      const changed = await change(tables, foldUsername(username.trim()), noteOf)
      if (typeof changed === 'string') return changed
      // Afterwards: from now on nobody gets anything new.
      if (isDisabled) await deps.onCredentialsChanged(changed.id)
      return 'done'
    },
    administration: createAdministration({ tables, onCredentialsChanged: deps.onCredentialsChanged }),
    async removeCodes(who, by) {
      const user = await userOf(who)
      if (!user) return false
      const target = { kind: 'user', id: user.publicId } as const
      const note = auditNote(by, { action: 'second_factor.turned_off', target })
      if (!(await secondFactor.turnOff(user.id, note))) return false
      await orderNotice(deps.mail, 'codes_off', user)
      return true
    },
    resetLink: createOperatorLinks({ tables, publicUrl, userOf }),
    setupLink: () => makeSetupLink({ tables, publicUrl }),
    writers: createWriters({ tables, publicUrl, mail: deps.mail }),
    audit,
    identities: createIdentities({
      ...{ tables, publicUrl: deps.publicUrl },
      accounts: { changeSecret: (request, reply) => accounts.changeSecret(request, reply) },
      finishSignIn: (request, reply, proof) => finishSignIn(request, reply, proof),
      link: (request, reply, identity) => linkIdentity(request, reply, identity),
    }),
    routes: (server) =>
      accountRoutes(server, {
        ...deps,
        tables,
        accounts,
        attempt,
        register,
        registrationLimit,
        limits,
        letterLimits,
        ...factors,
        finishSignIn,
        guestMerge,
        linkIdentity,
      }),
  }
  const linkIdentity = createLinkIdentity({ tables, accounts })
  const finishSignIn = createFinishSignIn({ tables, accounts, guestMerge, ...factors })
  return accounts
}
