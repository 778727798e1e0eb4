import { MOST_ADDRESS } from './addresses.ts'
import { type Fields, metadataError } from './fields.ts'
import type { OwnMetadata, StandardMetadata } from './metadata.ts'
import type { Rights } from './rights.ts'
import type { RegistrationRules } from './rules.ts'
import { readDefaultScope } from './scopes.ts'

/** Metadata of our own, and who may set what of it. @throws OAuthError */
export function readOwn(fields: Fields, standard: StandardMetadata, rules: RegistrationRules): OwnMetadata {
  const { rights, current } = rules
  const defaultScope = fields.text('default_scope', 1000)
  const defaultResource = fields.text('default_resource', MOST_ADDRESS)
  if (defaultResource !== undefined) checkResource(defaultResource, rules)
  return {
    require_pkce: readRequirePkce(fields, standard, rights),
    refresh_token_rotation: readRotation(fields, standard, rights),
    client_assertion_audience:
      fields.oneOf('client_assertion_audience', ['issuer', 'issuer_or_token_endpoint']) ?? 'issuer',
    ...(defaultScope === undefined ? {} : { default_scope: readDefaultScope(defaultScope, standard.scope, rights) }),
    ...(defaultResource === undefined ? {} : { default_resource: defaultResource }),
    ...readAdministered(fields, standard, rights, current),
  }
}

/** Always for public and native clients (RFC 8252 §8.1, RFC 9700 §2.1.1). */
function readRequirePkce(fields: Fields, standard: StandardMetadata, rights: Rights): boolean {
  const asked = fields.flag('require_pkce') ?? true
  if (asked) return true
  if (!rights.withoutPkce) throw metadataError('require_pkce: false needs a client that somebody signed in registers')
  if (standard.token_endpoint_auth_method === 'none' || standard.application_type === 'native') {
    throw metadataError('require_pkce: public and native clients always use PKCE')
  }
  return false
}

/** RFC 9700 §2.2.2: refresh tokens of public clients rotate. */
function readRotation(fields: Fields, standard: StandardMetadata, rights: Rights): boolean {
  const asked = fields.flag('refresh_token_rotation') ?? true
  if (asked) return true
  if (!rights.fixedRefreshTokens || standard.token_endpoint_auth_method === 'none') {
    throw metadataError('refresh_token_rotation: refresh tokens of this client always rotate')
  }
  return false
}

/** Set by administrators; a registration by others may repeat it, and leaves it as it is. */
function readAdministered(
  fields: Fields,
  standard: StandardMetadata,
  rights: Rights,
  current: OwnMetadata | undefined,
): Pick<OwnMetadata, 'profile' | 'consent_required'> {
  const kept = { profile: current?.profile ?? 'standard', consent_required: current?.consent_required ?? true }
  const profile = fields.oneOf('profile', ['standard', 'fapi2']) ?? kept.profile
  const consentRequired = fields.flag('consent_required') ?? kept.consent_required
  if (!rights.administers && profile !== kept.profile) throw metadataError('profile is for administrators to set')
  if (!rights.administers && consentRequired !== kept.consent_required) {
    throw metadataError('consent_required is for administrators to set')
  }
  // FAPI 2.0 Security Profile §5.3.2.1, point 4 (of what is built).
  if (profile === 'fapi2' && standard.token_endpoint_auth_method !== 'private_key_jwt') {
    throw metadataError('profile: fapi2 needs token_endpoint_auth_method private_key_jwt')
  }
  return { profile, consent_required: consentRequired }
}

/**
 * RFC 8707 §2: an absolute URI without fragment. Audiences of our own insides are no addresses. A client that nobody
 * answers for gets no tokens for an API that nobody here knows (security.md §10.4).
 */
function checkResource(resource: string, { rights, issuer, isKnownResource, current }: RegistrationRules): void {
  if (!/^https?:/.test(resource) || !URL.canParse(resource) || resource.includes('#')) {
    throw metadataError('default_resource has to be an absolute https URL without fragment (RFC 8707 section 2)')
  }
  const isKnown = resource === issuer || resource === current?.default_resource || isKnownResource(resource)
  if (!rights.anyResource && !isKnown) throw metadataError('default_resource is not known here')
}
