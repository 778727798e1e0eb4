import type { Clock } from '#base'
import type { Asked } from '../authenticate/authenticate.ts'
import { requireEnough } from '../authenticate/require.ts'
import type { Refusal, Verdict } from '../authenticate/who.ts'
import { originOfHost } from './addresses.ts'
import { isFromOwnPages } from './own-pages.ts'
import type { Sessions } from './sessions.ts'

const NOBODY: Refusal = { status: 401, description: 'Sign in first' }
const FORGED: Refusal = {
  status: 403,
  description: 'This request did not come from a page of this site. Nothing was sent on',
}
/** Whoever is asked for a sign-in of this very moment needs the time to come back from it. */
const JUST_NOW_SECONDS = 60

/** Who a browser speaks for on a route of another host: a cookie, which browsers add by themselves, so its page counts too. */
export function createAuthenticateSession(deps: {
  readonly sessions: Pick<Sessions, 'who'>
  readonly publicUrl: string
  readonly clock: Clock
}) {
  return async ({ route, method, rawHeaders }: Asked): Promise<Verdict> => {
    const host = route.host ?? ''
    const { maxAuthAgeSeconds: most, acrValues } = route
    const signIn = { maxAge: most, acrValues }
    const who = await deps.sessions.who(rawHeaders, host)
    if (!who) return { refusal: { ...NOBODY, signIn } }
    if (!isFromOwnPages(rawHeaders, { method, origin: originOfHost(deps.publicUrl, host) })) return { refusal: FORGED }
    const maxAuthAgeSeconds = most === undefined ? undefined : Math.max(most, JUST_NOW_SECONDS)
    const now = Math.floor(deps.clock.now().getTime() / 1000)
    const refusal = requireEnough({ ...route, maxAuthAgeSeconds }, method, who, now)
    return refusal ? { refusal: { ...refusal, signIn } } : { who }
  }
}

/**
 * `WWW-Authenticate` for scripts that a session would have let in; browsers know no scheme of that name and ask nobody.
 *
 * @param signInPath where a person goes, on the same host
 */
export function sessionChallenge({ error, members = {} }: Refusal, signInPath: string): string {
  const parameters = { realm: 'trivet', ...(error === undefined ? {} : { error }), ...members, sign_in: signInPath }
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
  return `Session ${pairs.join(', ')}`
}
