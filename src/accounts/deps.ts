import type { Clock, Log } from '#base'
import type { Passwords } from '#crypto'
import type { Database } from '#database'
import type { Cookies, Csrf } from '#http'
import type { Pages } from '#ui'
import type { TokenSigner } from './login/login-token.ts'
import type { Owned } from './visitors/owned.ts'

/** What the room needs of others. */
export type AccountsDeps = {
  readonly database: Database
  readonly cookies: Cookies
  readonly csrf: Csrf
  readonly pages: Pages
  readonly log: Log
  readonly clock: Clock
  readonly passwords: Passwords
  readonly signer: TokenSigner
  /** The public URL: issuer and audience of login tokens, and the origin that ways back must stay on. */
  readonly publicUrl: string
  /** Under which names and addresses of failed sign-ins are counted, so that the table tells neither. */
  readonly limitKey: Buffer
  /** `POST /login` with JSON. */
  readonly passwordApi: boolean
  /** Rooms that have to remove something before the row of an owner goes. */
  readonly owned: readonly Owned[]
  /** Whether somebody who signs in leaves something behind as a guest, so that the page can say so. */
  readonly guestHasThings: (ownerId: string) => Promise<boolean>
  /** Ends what apps hold: after a password change. May be called again. */
  readonly onCredentialsChanged: (ownerId: string) => Promise<void>
  /** Pages of other rooms about one's account, such as the apps with access. */
  readonly accountLinks: readonly AccountLink[]
}

export type AccountLink = { readonly id: string; readonly href: string; readonly label: string; readonly text: string }
