import type { Kysely } from 'kysely'
import type { Accounts } from '../accounts.ts'
import type { AccountsDeps } from '../deps.ts'
import type { Passkeys } from '../factors/passkeys.ts'
import type { SecondFactor } from '../factors/second-factor.ts'
import type { LinkIdentity } from '../identities/identities.ts'
import type { LetterLimits } from '../letters/limits.ts'
import type { AttemptPassword } from '../login/attempt.ts'
import type { FinishSignIn } from '../login/finish-sign-in.ts'
import type { LoginLimits } from '../login/limits.ts'
import type { PendingSignIns } from '../login/pending.ts'
import type { GuestMerge } from '../merge/guest-merge.ts'
import type { Register } from '../register/register.ts'
import type { RegistrationLimit } from '../register/registration-limit.ts'
import type { AccountTables } from '../store/tables.ts'

/** What the endpoints share. */
export type EndpointDeps = Pick<
  AccountsDeps,
  | 'accountLinks'
  | 'askingApp'
  | 'clock'
  | 'cookies'
  | 'csrf'
  | 'guestHasThings'
  | 'log'
  | 'mail'
  | 'onCredentialsChanged'
  | 'owned'
  | 'pages'
  | 'passwordApi'
  | 'passwords'
  | 'publicUrl'
  | 'signInProviders'
> & {
  readonly tables: Kysely<AccountTables>
  readonly accounts: Accounts
  readonly attempt: AttemptPassword
  readonly register: Register
  readonly registrationLimit: RegistrationLimit
  readonly limits: LoginLimits
  readonly letterLimits: LetterLimits
  readonly finishSignIn: FinishSignIn
  readonly guestMerge: GuestMerge
  readonly passkeys: Passkeys
  readonly secondFactor: SecondFactor
  readonly pendingSignIns: PendingSignIns
  readonly linkIdentity: LinkIdentity
}
