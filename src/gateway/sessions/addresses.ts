import { canonicalPath } from '../routes/canonical-path.ts'
import type { Route } from '../routes/route.ts'

/** Below it, on the hosts of routes with sessions, is what belongs to signing in there. */
export const OWN_PATHS = '/.trivet'
export const SIGN_IN = `${OWN_PATHS}/sign-in`
export const CALLBACK = `${OWN_PATHS}/callback`
export const SIGN_OUT = `${OWN_PATHS}/sign-out`

const MOST_PATH = 1000

/** @param publicUrl whose scheme is that of all hosts: they stand before the same server */
export function originOfHost(publicUrl: string, host: string): string {
  return `${new URL(publicUrl).protocol}//${host}`
}

/** Where the authorization server may send people back to. */
export function callbacksOf(routes: readonly Route[], publicUrl: string): readonly string[] {
  return [...hostsWithSessions(routes)].map((host) => `${originOfHost(publicUrl, host)}${CALLBACK}`)
}

export function hostsWithSessions(routes: readonly Route[]): ReadonlySet<string> {
  return new Set(routes.flatMap(({ access, host }) => (access === 'session' && host !== undefined ? [host] : [])))
}

/** What somebody signs in for: a route may want more than that they are known (RFC 9470 §4, for browsers). */
export type SignInWish = {
  readonly returnPath: string
  /** Seconds. */
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
}

/** An address of the same host, which browsers go to and others may read. */
export function signInPath({ returnPath, maxAge, acrValues }: SignInWish): string {
  const query = new URLSearchParams({
    return_to: returnPath,
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(acrValues === undefined ? {} : { acr_values: acrValues.join(' ') }),
  })
  return `${SIGN_IN}?${query}`
}

export function readSignInWish(query: URLSearchParams): SignInWish {
  const maxAge = query.get('max_age') ?? ''
  const acrValues = query
    .get('acr_values')
    ?.split(' ')
    .filter((one) => one !== '')
  return {
    returnPath: readReturnPath(query.get('return_to')),
    maxAge: /^\d{1,9}$/.test(maxAge) ? Number(maxAge) : undefined,
    acrValues: acrValues !== undefined && acrValues.length > 0 ? acrValues : undefined,
  }
}

/** A path of this very host (RFC 9700 §4.11): what browsers could read as another one is not gone to. */
export function readReturnPath(text: string | null): string {
  if (text === null || text.length > MOST_PATH || /[^\x21-\x7e]|\\/.test(text)) return '/'
  const [path = '', ...query] = text.split('#', 1)[0]?.split('?') ?? []
  const plain = canonicalPath(path)
  if (plain === undefined || plain.startsWith(`${OWN_PATHS}/`)) return '/'
  return query.length === 0 ? plain : `${plain}?${query.join('?')}`
}
