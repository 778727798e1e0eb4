/** What the consent page says of each scope; others are unknown here. */
const WORDS: Record<string, string> = {
  identify: 'Access your username, avatar and banner',
  email: 'Access your email address',
}

export const isKnown = (scope: string) => Object.hasOwn(WORDS, scope)
export const describeScope = (scope: string) => WORDS[scope] ?? scope
