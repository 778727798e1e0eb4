import type { Refusal } from '../authenticate/who.ts'
import { signInPath } from './addresses.ts'
import { sessionChallenge } from './authenticate-session.ts'
import { isNavigation } from './own-pages.ts'

/** What is said to somebody who has to sign in first. */
export type SignInNeeded = {
  /** Where a browser is sent that wants a page, on the same host. Undefined: it is no person, and is told 401. */
  readonly location: string | undefined
  /** `WWW-Authenticate`, for scripts. */
  readonly challenge: string
}

/** @param asked the request that was refused; `query` without the question mark */
export function signInNeeded(
  refusal: Refusal,
  asked: {
    readonly rawHeaders: readonly string[]
    readonly method: string
    readonly path: string
    readonly query: string
  },
): SignInNeeded {
  const { rawHeaders, method, path, query } = asked
  const isPage = isNavigation(rawHeaders, method)
  // Data are no place to come back to.
  const returnPath = !isPage ? '/' : query === '' ? path : `${path}?${query}`
  const to = signInPath({ returnPath, ...refusal.signIn })
  return { location: isPage ? to : undefined, challenge: sessionChallenge(refusal, to) }
}
