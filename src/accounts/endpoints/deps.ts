import type { Kysely } from 'kysely'
import type { Accounts } from '../accounts.ts'
import type { AccountsDeps } from '../deps.ts'
import type { AttemptPassword } from '../login/attempt.ts'
import type { FinishSignIn } from '../login/finish-sign-in.ts'
import type { LoginLimits } from '../login/limits.ts'
import type { Register } from '../register/register.ts'
import type { AccountTables } from '../store/tables.ts'

/** What the endpoints share. */
export type EndpointDeps = Pick<
  AccountsDeps,
  | 'accountLinks'
  | 'cookies'
  | 'csrf'
  | 'guestHasThings'
  | 'log'
  | 'onCredentialsChanged'
  | 'owned'
  | 'pages'
  | 'passwordApi'
  | 'passwords'
  | 'publicUrl'
> & {
  readonly tables: Kysely<AccountTables>
  readonly accounts: Accounts
  readonly attempt: AttemptPassword
  readonly register: Register
  readonly limits: LoginLimits
  readonly finishSignIn: FinishSignIn
}
