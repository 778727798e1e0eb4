import type { Client } from '../clients/client.ts'
import { OAuthError } from '../errors.ts'

/** RFC 3986 §2 without `#`, a scheme first (§4.3, absolute-URI). */
const ABSOLUTE_URI = /^[a-z][a-z0-9+.-]*:[!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/i

/** What can be asked for: this server, and the APIs that its operator or its gateway names. */
export type ResourceRules = {
  readonly issuer: string
  /** Asked with an absolute URI, as it was sent and with or without a slash at its end. */
  readonly isKnownResource: (uri: string) => boolean
}

/**
 * RFC 8707 §2: what access tokens shall be for; without `resource` the client's default, else this server. A sign-in
 * that names none has this server beside the default, since /userinfo is here (OpenID Connect Core §5.3).
 *
 * @returns never empty
 * @throws OAuthError `invalid_target`
 */
export function checkResource(
  asked: readonly string[],
  request: { readonly client: Pick<Client, 'defaultResource'>; readonly scopes: readonly string[] },
  rules: ResourceRules,
): readonly string[] {
  const { client, scopes } = request
  if (asked.length > 0) return readResource(asked, client, rules)
  const { issuer } = rules
  const usual = client.defaultResource ?? issuer
  return [...new Set(scopes.includes('openid') ? [usual, issuer] : [usual])]
}

/** What was asked for, as it is known here, each once. @throws OAuthError `invalid_target` */
export function readResource(
  asked: readonly string[],
  client: Pick<Client, 'defaultResource'>,
  rules: ResourceRules,
): readonly string[] {
  const isKnown = (uri: string) => uri === rules.issuer || uri === client.defaultResource || rules.isKnownResource(uri)
  return [...new Set(asked.map((one) => checkOne(one, isKnown)))]
}

/** Audiences of our own insides, which no API outside has (security.md §10.4). */
const INTERNAL = /^(internal:|vault$|vault:)/i

/**
 * An address that nobody here answers for is refused: a token made for it in somebody's name would open whatever
 * server there believes this issuer (§10.4), and §2 wants `invalid_target` for what is unknown.
 */
function checkOne(resource: string, isKnown: (uri: string) => boolean): string {
  if (resource.includes('#')) throw new OAuthError('invalid_target', 'resource must not have a fragment')
  if (!ABSOLUTE_URI.test(resource) || !URL.canParse(resource)) {
    throw new OAuthError('invalid_target', 'resource must be an absolute URI')
  }
  if (INTERNAL.test(resource)) throw new OAuthError('invalid_target', 'This resource cannot be asked for')
  // Clients put a slash behind an origin, or leave it out: the same place.
  const known = [resource, resource.endsWith('/') ? resource.slice(0, -1) : `${resource}/`].find(isKnown)
  if (known === undefined) throw new OAuthError('invalid_target', 'This resource is not known here')
  return known
}

/** A token request may narrow what was granted, never widen it (RFC 8707 §2.2). @throws OAuthError `invalid_target` */
export function narrowResource(asked: readonly string[], granted: readonly string[]): readonly string[] {
  if (asked.length === 0) return granted
  if (asked.every((one) => granted.includes(one))) return asked
  throw new OAuthError('invalid_target', 'This resource was not granted')
}
