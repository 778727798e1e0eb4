import { type Api, type Apis, labelOf } from '../checks/apis.ts'

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
 * described only the name is known, and which APIs ask for it.
 *
 * @param resources that the token is for; undefined: whichever
 */
export function describeScope(scope: string, apis: Apis, resources?: readonly string[]): string {
  const words = WORDS.get(scope) ?? apis.describe(scope)
  if (words !== undefined) return words
  const isAsking = (api: Api) => api.scopes.includes(scope) && (resources?.includes(api.resource) ?? true)
  const asking = [...new Set(apis.list().filter(isAsking).map(labelOf))]
  if (asking.length === 0) return `Use “${scope}”, a permission of its own that this server knows no more about`
  return `Use “${scope}” at ${asking.join(' and ')}: this server knows no more about it`
}

/** Of what asks for none of these scopes: that it is used at all is all that can be said of it. */
export function describeUse(resource: string, scopes: readonly string[], apis: Apis): string | undefined {
  const there = apis.list().filter((api) => api.resource === resource)
  if (there.some((api) => api.scopes.some((scope) => scopes.includes(scope)))) return undefined
  const [named = there[0]] = there.filter(({ name }) => name !== undefined)
  return `Use ${named === undefined ? resource : labelOf(named)} in your name`
}
