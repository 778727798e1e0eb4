import type { Client } from '../clients/client.ts'
import { isStranger } from '../clients/stranger.ts'
import { OAuthError } from '../errors.ts'
import { type Apis, onlyMcpServer } from './apis.ts'

/** RFC 3986 §2 without `#`, a scheme first (§4.3, absolute-URI). */
const ABSOLUTE_URI = /^[a-z][a-z0-9+.-]*:[!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/i

/** What can be asked for: this server, and the APIs that its operator or its gateway names. */
export type ResourceRules = {
  readonly issuer: string
  /** Asked with an absolute URI, as it was sent and with or without a slash at its end. */
  readonly isKnownResource: (uri: string) => boolean
}

/** What access tokens shall be for, and who says so: the request, what is known of its client, or nobody. */
export type Target = { readonly resources: readonly string[]; readonly saidBy: 'request' | 'client' | 'nobody' }

/**
 * RFC 8707 §2. Without `resource`: the client's default; for a client that nobody here knows the one MCP server that
 * there is, since some MCP clients leave it out; else this server.
 *
 * @throws OAuthError `invalid_target`
 */
export function checkResource(
  asked: readonly string[],
  client: Pick<Client, 'defaultResource' | 'registeredBy'>,
  rules: ResourceRules & { readonly apis: Apis },
): Target {
  if (asked.length > 0) return { resources: readResource(asked, client, rules), saidBy: 'request' }
  const usual = client.defaultResource ?? (isStranger(client) ? onlyMcpServer(rules.apis) : undefined)
  if (usual === undefined) return { resources: [rules.issuer], saidBy: 'nobody' }
  return { resources: [usual], saidBy: 'client' }
}

/**
 * The audience. A sign-in that names no resource has this server beside the default, since /userinfo is here (OpenID
 * Connect Core §5.3).
 *
 * @returns never empty
 */
export function resourcesFor({ resources, saidBy }: Target, scopes: readonly string[], issuer: string) {
  const signsIn = saidBy === 'client' && scopes.includes('openid')
  return signsIn ? [...new Set([...resources, issuer])] : resources
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
