import { KNOWN_SCOPES } from '../../checks/check-scope.ts'
import { OAuthError } from '../../errors.ts'
import { checkFetchedAddress, checkRedirectUri, checkWebAddress, MOST_ADDRESS } from '../metadata/addresses.ts'
import { readClientName } from '../metadata/client-name.ts'
import { type Fields, metadataError, readFields } from '../metadata/fields.ts'
import type { ClientMetadata } from '../metadata/metadata.ts'
import { readMetadata } from '../metadata/read-metadata.ts'
import type { RegistrationRules } from '../metadata/rules.ts'

/** By a key that it publishes, or not at all: what stands in a public document is no secret (§4.1). */
const AUTH_METHODS = ['none', 'private_key_jwt'] as const

/**
 * The metadata in a document, for this server. A document is written once for all servers: what it offers beyond what
 * there is here (grants, redirect URIs, scopes, pages) is passed over, what it may not hold makes it none.
 *
 * @param body parsed JSON, whatever it is
 * @param address where it was found, which is the id of the client
 * @throws OAuthError
 */
export function readDocument(body: unknown, address: string, rules: RegistrationRules): ClientMetadata {
  const fields = readFields(body)
  // §3: compared as text (RFC 3986 §6.2.1).
  if (fields.text('client_id', MOST_ADDRESS) !== address) throw metadataError('client_id is not the address')
  for (const secret of ['client_secret', 'client_secret_expires_at']) {
    if (fields.raw(secret) !== undefined) throw metadataError(`a document must not hold ${secret}`)
  }
  const wanted = {
    ...members(fields, ['jwks', 'jwks_uri', 'token_endpoint_auth_signing_alg', 'id_token_signed_response_alg']),
    token_endpoint_auth_method: fields.oneOf('token_endpoint_auth_method', AUTH_METHODS) ?? 'none',
    redirect_uris: usableRedirects(fields, rules),
    grant_types: usableGrants(fields, rules),
    response_types: ['code'],
    ...usablePages(fields, rules),
    ...usableScope(fields),
  }
  return { ...readMetadata(wanted, rules), client_name: nameOf(fields, address, rules) }
}

function members(fields: Fields, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, fields.raw(name)]))
}

function usableRedirects(fields: Fields, rules: RegistrationRules): string[] {
  const all = fields.texts('redirect_uris', { most: 50, longest: MOST_ADDRESS }) ?? []
  const owner = { applicationType: 'native', forbiddenOrigin: new URL(rules.issuer).origin } as const
  return all.filter((uri) => isTaken(() => checkRedirectUri(uri, { ...owner, appSchemes: rules.appSchemes })))
}

function usableGrants(fields: Fields, { rights }: RegistrationRules): string[] {
  const all = fields.texts('grant_types', { most: 20, longest: 100 }) ?? ['authorization_code']
  return all.filter((grant) => rights.grantTypes.includes(grant))
}

/** Shown, never believed: one that is broken is left out. */
function usablePages(fields: Fields, { issuer }: RegistrationRules): Record<string, string> {
  const logo = (address: string) => checkFetchedAddress('logo_uri', address, issuer)
  const pages = ['client_uri', 'policy_uri', 'tos_uri'].map(
    (name) => [name, (address: string) => checkWebAddress(name, address)] as const,
  )
  return Object.fromEntries(
    [...pages, ['logo_uri', logo] as const].flatMap(([name, check]) => {
      const address = fields.raw(name)
      const isFine = typeof address === 'string' && address.length <= MOST_ADDRESS && isTaken(() => check(address))
      return isFine ? [[name, address]] : []
    }),
  )
}

/** Of its scopes those that every server has; words of its own mean nothing here. */
function usableScope(fields: Fields): { scope?: string } {
  const words = fields.text('scope', 2000)?.split(' ') ?? []
  const known = KNOWN_SCOPES.filter((scope) => words.includes(scope))
  return known.length === 0 ? {} : { scope: known.join(' ') }
}

/** The host stands for a name that is missing, or that only an administrator may give. */
function nameOf(fields: Fields, address: string, { reservedNames }: RegistrationRules): string {
  const name = fields.raw('client_name')
  const isFine = typeof name === 'string' && isTaken(() => readClientName(name, reservedNames))
  return isFine ? readClientName(name, reservedNames) : new URL(address).host
}

function isTaken(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch (error) {
    if (error instanceof OAuthError) return false
    throw error
  }
}
