import type { Apis } from '../checks/apis.ts'

const WORDS: ReadonlyMap<string, string> = new Map([
  ['openid', 'Know that it is you, by a name that stays the same'],
  ['profile', 'See your profile: your name, user name, picture and what else you entered there'],
  ['email', 'See your e-mail address'],
  ['address', 'See your postal address'],
  ['phone', 'See your phone number'],
  ['offline_access', 'Go on doing this while you are away'],
])

/**
 * What a scope allows, in plain words; those of an API in the words of whoever runs this server. Of one that nobody
 * described only the name is known.
 */
export function describeScope(scope: string, apis: Pick<Apis, 'describe'>): string {
  const words = WORDS.get(scope) ?? apis.describe(scope)
  return words ?? `Use “${scope}”, a permission of its own that this server knows no more about`
}
