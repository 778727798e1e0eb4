import type { Client } from '../clients/client.ts'
import { OAuthError } from '../errors.ts'

/** RFC 3986 §2 without `#`, a scheme first (§4.3, absolute-URI). */
const ABSOLUTE_URI = /^[a-z][a-z0-9+.-]*:[!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/i

/**
 * RFC 8707 §2: what access tokens shall be for; without `resource` the client's default, else this server. A sign-in
 * that names none has this server beside the default, since /userinfo is here (OpenID Connect Core §5.3). Addresses of
 * `internal:` belong to tokens for our own systems and can be asked for by nobody.
 *
 * @returns never empty
 * @throws OAuthError `invalid_target`
 */
export function checkResource(
  asked: readonly string[],
  request: { readonly client: Pick<Client, 'defaultResource'>; readonly scopes: readonly string[] },
  issuer: string,
): readonly string[] {
  const { client, scopes } = request
  if (asked.length > 0) return readResource(asked, client, issuer)
  const usual = client.defaultResource ?? issuer
  return [...new Set(scopes.includes('openid') ? [usual, issuer] : [usual])]
}

/** What was asked for, as it is known here, each once. @throws OAuthError `invalid_target` */
export function readResource(
  asked: readonly string[],
  client: Pick<Client, 'defaultResource'>,
  issuer: string,
): readonly string[] {
  const registered = [issuer, ...(client.defaultResource === undefined ? [] : [client.defaultResource])]
  return [...new Set(asked.map((one) => checkOne(one, registered)))]
}

function checkOne(resource: string, registered: readonly string[]): string {
  if (resource.includes('#')) throw new OAuthError('invalid_target', 'resource must not have a fragment')
  if (!ABSOLUTE_URI.test(resource) || !URL.canParse(resource)) {
    throw new OAuthError('invalid_target', 'resource must be an absolute URI')
  }
  if (/^internal:/i.test(resource)) throw new OAuthError('invalid_target', 'This resource cannot be asked for')
  // Clients put a slash behind an origin, or leave it out: the same place, for those that we know ourselves.
  return registered.find((known) => withoutSlash(known) === withoutSlash(resource)) ?? resource
}

function withoutSlash(uri: string): string {
  return uri.endsWith('/') ? uri.slice(0, -1) : uri
}

/** A token request may narrow what was granted, never widen it (RFC 8707 §2.2). @throws OAuthError `invalid_target` */
export function narrowResource(asked: readonly string[], granted: readonly string[]): readonly string[] {
  if (asked.length === 0) return granted
  if (asked.every((one) => granted.includes(one))) return asked
  throw new OAuthError('invalid_target', 'This resource was not granted')
}
