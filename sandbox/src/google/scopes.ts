const LONG = 'https://www.googleapis.com/auth/'

/** Short sign-in names come back joined by their long names (facts: the redirect back). */
const SIGN_IN: Record<string, readonly string[]> = {
  openid: ['openid'],
  email: ['email', `${LONG}userinfo.email`],
  profile: ['profile', `${LONG}userinfo.profile`],
  [`${LONG}userinfo.email`]: ['email', `${LONG}userinfo.email`],
  [`${LONG}userinfo.profile`]: ['profile', `${LONG}userinfo.profile`],
}

const SIGN_IN_WORDS: Record<string, string> = {
  openid: 'Know who you are on Sandbox Google',
  email: 'See your email address',
  profile: 'See your name and picture',
}

const API_WORDS: Record<string, string> = {
  [`${LONG}drive.file`]: 'See, edit, create and delete only the Drive files you use with this app',
  [`${LONG}drive`]: 'See, edit, create and delete all of your Drive files',
  [`${LONG}drive.readonly`]: 'See and download all of your Drive files',
  [`${LONG}drive.metadata.readonly`]: 'See information about your Drive files',
  [`${LONG}drive.appdata`]: 'See, create and delete its own configuration data in your Drive',
}

/** Either lets an app create files (facts 2.5). */
export const DRIVE_SCOPES: readonly string[] = [`${LONG}drive.file`, `${LONG}drive`]

export const isSignIn = (scope: string) => scope in SIGN_IN
export const isKnown = (scope: string) => isSignIn(scope) || scope in API_WORDS

export function describeScope(scope: string): string {
  const short = SIGN_IN[scope]?.[0] ?? scope
  return SIGN_IN_WORDS[short] ?? API_WORDS[scope] ?? scope
}

/** The last part of a long name: `drive.file`. */
export const shortName = (scope: string) => scope.slice(scope.lastIndexOf('/') + 1)

/** Scopes as Google gives them back: sign-in names doubled, order unlike the request's. */
export function expandScopes(scopes: readonly string[]): string[] {
  const all = new Set(scopes.flatMap((scope) => SIGN_IN[scope] ?? [scope]))
  return [...all].sort((a, b) => Number(b.startsWith('http')) - Number(a.startsWith('http')) || b.localeCompare(a))
}

export function holds(granted: readonly string[], asked: readonly string[]): boolean {
  const held = new Set(expandScopes(granted))
  return expandScopes(asked).every((scope) => held.has(scope))
}
