import type { Client } from '../clients/client.ts'
import { isStranger } from '../clients/stranger.ts'
import { OAuthError } from '../errors.ts'
import type { Params } from '../parameters.ts'

/** OpenID Connect Core §5.4, §11. A client may register further ones of its own. */
export const KNOWN_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'] as const

/** `%x21 / %x23-5B / %x5D-7E` (RFC 6749 §3.3). */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Of this server's own calls: grantable to nobody, whatever a client registered. */
const RESERVED = /^trivet:/

/** Only a client that an administrator gave it has it (`clients/metadata/scopes.ts`), whatever an API asks for. */
const NEVER_BY_ITSELF = /^(connections|admin|console)(:|$)/

/** What is given only to who asks for it by name: sign-in, a long life, other people's systems, the administration. */
const NEVER_DEFAULT = /^(openid|offline_access|connections:.*|admin(:.*)?|trivet:.*)$/

/** What else than the client decides about scopes. */
export type ScopeRules = {
  /** `TRIVET_DEFAULT_SCOPE`. */
  readonly fallback: readonly string[]
  /** Those of the APIs that the tokens will be for. */
  readonly ofApis: readonly string[]
  /** Whether somebody chose these APIs: then their scopes are what a request without `scope` means. */
  readonly areApisChosen: boolean
}

/** The words of a `scope` text, each once. @throws OAuthError `invalid_scope` (RFC 6749 §3.3) */
export function parseScope(text: string): readonly string[] {
  const scopes = text.split(' ').filter((word) => word !== '')
  if (!scopes.every((scope) => SCOPE_TOKEN.test(scope))) {
    throw new OAuthError('invalid_scope', 'scope holds characters that no scope has')
  }
  return [...new Set(scopes)]
}

/**
 * RFC 6749 §3.3. What nobody knows is passed over (OpenID Connect Core §3.1.2.1); what is known and not the client's
 * is refused (ASVS 5.0, 10.4.11).
 *
 * @throws OAuthError `invalid_scope`, also when nothing would be left
 */
export function checkScope(params: Params, client: Client, rules: ScopeRules): readonly string[] {
  const text = params['scope']
  const scopes = text === undefined ? defaultScopes(client, rules) : askedScopes(parseScope(text), client, rules)
  if (scopes.length === 0) throw new OAuthError('invalid_scope', 'None of these scopes is for this client')
  return scopes
}

function askedScopes(asked: readonly string[], client: Client, { ofApis }: ScopeRules): readonly string[] {
  return asked.filter((scope) => {
    // Without the grant it would promise what never comes; clients add it wherever metadata list it.
    if (scope === 'offline_access') return mayStayOffline(client)
    if (mayHave(client, scope, ofApis)) return true
    if (isKnown(scope) || ofApis.includes(scope) || RESERVED.test(scope)) {
      throw new OAuthError('invalid_scope', `The scope ${scope} is not for this client`)
    }
    return false
  })
}

/** The client's own default, else all of the API, else the server's, else all that the client registered. */
function defaultScopes(client: Client, { fallback, ofApis, areApisChosen }: ScopeRules): readonly string[] {
  const within = (scope: string) => client.scope === undefined || client.scope.includes(scope)
  const choices = [
    (client.defaultScope === undefined ? [] : parseScope(client.defaultScope)).filter(within),
    areApisChosen ? ofApis.filter((scope) => mayHave(client, scope, ofApis)) : [],
    fallback.filter(within),
    client.scope ?? [],
  ]
  const usable = choices.map((choice) => choice.filter((scope) => !NEVER_DEFAULT.test(scope)))
  return usable.find((choice) => choice.length > 0) ?? []
}

function mayHave(client: Client, scope: string, ofApis: readonly string[]): boolean {
  if (RESERVED.test(scope)) return false
  if (client.scope?.includes(scope)) return true
  const isOfApi = ofApis.includes(scope) && !NEVER_BY_ITSELF.test(scope)
  // What a stranger's client registered is its own word, and MCP clients register the scopes of their first challenge
  // only: the person decides about the others when a step-up asks for them.
  if (isOfApi && isStranger(client)) return true
  return client.scope === undefined && (isKnown(scope) || isOfApi)
}

function mayStayOffline(client: Client): boolean {
  return client.grantTypes.includes('refresh_token') && (client.scope?.includes('offline_access') ?? true)
}

function isKnown(scope: string): boolean {
  return KNOWN_SCOPES.some((known) => known === scope)
}
