import { foldUsername } from '#accounts'
import type { Clock } from '#base'
import type { Asked } from '../authenticate/authenticate.ts'
import { requireEnough } from '../authenticate/require.ts'
import type { Refusal, Verdict, Who } from '../authenticate/who.ts'
import { originOfHost, SIGN_OUT } from './addresses.ts'
import { isFromOwnPages } from './own-pages.ts'
import type { Sessions } from './sessions.ts'

const NOBODY: Refusal = { status: 401, description: 'Sign in first' }
const FORGED: Refusal = {
  status: 403,
  code: 'route_forged',
  description: 'This request did not come from a page of this site. Nothing was sent on',
}
const NOT_FOR_YOU: Refusal = {
  status: 403,
  code: 'route_not_for_you',
  description: `Ask whoever runs this to name you, or sign out at ${SIGN_OUT} to use another account`,
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
    const admitted = await deps.sessions.who(rawHeaders, host)
    if (!admitted) return { refusal: { ...NOBODY, signIn } }
    const { who } = admitted
    if (!isFromOwnPages(rawHeaders, { method, origin: originOfHost(deps.publicUrl, host) })) return { refusal: FORGED }
    if (!isNamed(who, route.users)) return { refusal: NOT_FOR_YOU }
    const maxAuthAgeSeconds = most === undefined ? undefined : Math.max(most, JUST_NOW_SECONDS)
    const now = Math.floor(deps.clock.now().getTime() / 1000)
    const refusal = requireEnough({ ...route, maxAuthAgeSeconds }, method, who, now)
    return refusal ? { refusal: { ...refusal, signIn } } : admitted
  }
}

/** What begins like an id is one: a username of that form is never taken for it. */
function isNamed({ subject, username = '' }: Who, users: readonly string[] | undefined): boolean {
  if (!users) return true
  return users.some((one) => (one.startsWith('u_') ? one === subject : foldUsername(one) === foldUsername(username)))
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
