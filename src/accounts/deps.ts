import type { Clock, Log } from '#base'
import type { Envelope, Passwords } from '#crypto'
import type { Database } from '#database'
import type { Cookies, Csrf } from '#http'
import type { Mail } from '#mail'
import type { Pages } from '#ui'
import type { SignInProvider } from './identities/identity.ts'
import type { FindAskingApp } from './login/asking-app.ts'
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
  /** Seals the keys of authenticator apps. */
  readonly envelope: Envelope
  /** Marks the challenges for passkeys as ours. */
  readonly challengeKey: Buffer
  /** The public URL: issuer and audience of login tokens, and the origin that ways back must stay on. */
  readonly publicUrl: string
  readonly mail: Pick<Mail, 'mode' | 'order'>
  /** Under which names and addresses of failed sign-ins are counted, so that the table tells neither. */
  readonly limitKey: Buffer
  /** `POST /login` with JSON. */
  readonly passwordApi: boolean
  /** Rooms that keep things of owners, in the order in which they are erased. */
  readonly owned: readonly Owned[]
  /** Whether somebody who signs in leaves something behind as a guest, so that the page can say so. */
  readonly guestHasThings: (ownerId: string) => Promise<boolean>
  /** Ends what apps hold: after a password change. May be called again. */
  readonly onCredentialsChanged: (ownerId: string) => Promise<void>
  /** Providers that are set up, for signing in with an account elsewhere. */
  readonly signInProviders: () => readonly SignInProvider[]
  /** For which app somebody signs in; absent where there are no apps. */
  readonly askingApp?: FindAskingApp | undefined
  /** Pages of other rooms about one's account, such as the apps with access. */
  readonly accountLinks: readonly AccountLink[]
}

export type AccountLink = { readonly id: string; readonly href: string; readonly label: string; readonly text: string }
