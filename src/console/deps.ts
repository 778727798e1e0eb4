import type { Accounts } from '#accounts'
import type { Authorization } from '#authorization'
import type { Clock } from '#base'
import type { Signer } from '#crypto'
import type { Gateway } from '#gateway'
import type { Contract, Csrf } from '#http'
import type { Mail } from '#mail'
import type { Pages } from '#ui'

/** What the room needs of others. */
export type ConsoleDeps = {
  readonly accounts: Pick<
    Accounts,
    | 'administration'
    | 'audit'
    | 'bearerUser'
    | 'confirmFirst'
    | 'removeCodes'
    | 'requireFreshSignIn'
    | 'resetLink'
    | 'setDisabled'
  >
  readonly clients: Pick<
    Authorization['clients'],
    | 'counts'
    | 'createRegistrationToken'
    | 'entries'
    | 'listOf'
    | 'page'
    | 'register'
    | 'registrationTokens'
    | 'remove'
    | 'removeRegistrationToken'
    | 'setState'
  >
  readonly mail: Pick<Mail, 'troubles'>
  readonly signer: Pick<Signer, 'keys' | 'rotate' | 'replace'>
  readonly gateway: Pick<Gateway, 'problems' | 'warnings' | 'routesNow'>
  readonly csrf: Csrf
  readonly pages: Pages
  readonly clock: Clock
  /** The public URL, without a slash at its end. */
  readonly publicUrl: string
  /** Whether `TRIVET_REGISTRATION` takes registration tokens. */
  readonly takesRegistrationTokens: boolean
  /** Of the product, for `/openapi.json`. */
  readonly version: string
  /** Name of the session cookie, for `/openapi.json`. */
  readonly sessionCookie: string
  /** Of the JSON APIs of other rooms. */
  readonly contracts: readonly Contract[]
}
