import { OAuthError } from '../../errors.ts'
import {
  checkFetchedAddress,
  checkLogoutUri,
  checkRedirectUri,
  checkWebAddress,
  hasAppScheme,
  isLocalRedirect,
  MOST_ADDRESS,
} from './addresses.ts'
import { readAuthentication } from './authentication.ts'
import { readClientName } from './client-name.ts'
import { type Fields, metadataError, readFields } from './fields.ts'
import type { ClientMetadata, StandardMetadata } from './metadata.ts'
import { readOwn } from './own.ts'
import type { Rights } from './rights.ts'
import type { RegistrationRules } from './rules.ts'
import { readScope } from './scopes.ts'

const MOST_URIS = 20
const LOGIN_ALGORITHMS = ['RS256', 'ES256'] as const

/**
 * Every check of a registration, in the order of RFC 7591 §2, then ours.
 *
 * @param body parsed JSON, whatever it is
 * @throws OAuthError `invalid_redirect_uri` or `invalid_client_metadata`, naming the member
 */
export function readMetadata(body: unknown, rules: RegistrationRules): ClientMetadata {
  const fields = readFields(body)
  const grants = readGrants(fields, rules.rights)
  const authentication = readAuthentication(fields, rules)
  // RFC 6749 §4.4: confidential clients only.
  if (grants.grant_types.includes('client_credentials') && authentication.token_endpoint_auth_method === 'none') {
    throw metadataError('grant_types: client_credentials needs a client that authenticates')
  }
  const standard: StandardMetadata = {
    ...readRedirects(fields, grants, rules),
    ...authentication,
    ...grants,
    ...readPresentation(fields, rules),
    ...readOpenId(fields),
  }
  return { ...standard, ...readOwn(fields, standard, rules) }
}

/** §2.1: the two lists say the same, whichever of them was sent. */
function readGrants(fields: Fields, rights: Rights): Pick<StandardMetadata, 'grant_types' | 'response_types'> {
  const limits = { most: 10, longest: 100 }
  const grantTypes = fields.texts('grant_types', limits) ?? ['authorization_code']
  const unknown = grantTypes.find((one) => !rights.grantTypes.includes(one))
  if (unknown !== undefined) throw metadataError(`grant_types: ${unknown} is not open to this client`)
  if (grantTypes.length === 0) throw metadataError('grant_types is empty')
  const withCode = grantTypes.includes('authorization_code')
  const responseTypes = fields.texts('response_types', limits) ?? (withCode ? ['code'] : [])
  const other = responseTypes.find((one) => one !== 'code')
  if (other !== undefined) throw metadataError(`response_types: ${other} is not offered, only code is`)
  if (withCode !== responseTypes.includes('code')) {
    throw metadataError('response_types code and grant_types authorization_code go together (RFC 7591 section 2.1)')
  }
  if (grantTypes.includes('refresh_token') && !withCode) {
    throw metadataError('grant_types: refresh_token needs authorization_code')
  }
  return { grant_types: grantTypes, response_types: responseTypes }
}

function readRedirects(
  fields: Fields,
  grants: Pick<StandardMetadata, 'response_types'>,
  rules: RegistrationRules,
): Pick<StandardMetadata, 'redirect_uris' | 'post_logout_redirect_uris' | 'application_type'> {
  const uris = readUris(fields, 'redirect_uris') ?? []
  const logoutUris = readUris(fields, 'post_logout_redirect_uris')
  // OpenID Connect Registration §2 makes `web` the default, RFC 7591 knows no such member: whoever does not say it is
  // known by where it wants its answers.
  const inferred = [...uris, ...(logoutUris ?? [])].some(isLocalRedirect) ? 'native' : 'web'
  const said = fields.oneOf('application_type', ['web', 'native']) ?? inferred
  const { appSchemes } = rules
  // Applications of these schemes say `web` and mean what they are; §3.2.1: the server may replace what was asked for.
  const isApp = uris.some((uri) => hasAppScheme(uri, appSchemes)) && uris.every(isLocalRedirect)
  const applicationType = isApp ? 'native' : said
  const forbiddenOrigin = rules.rights.administers ? undefined : new URL(rules.issuer).origin
  if (uris.length === 0 && grants.response_types.length > 0) {
    throw new OAuthError('invalid_redirect_uri', 'redirect_uris is missing')
  }
  for (const uri of uris) {
    const isOwnCallback = rules.ownRedirectUris?.includes(uri) === true
    checkRedirectUri(uri, {
      ...{ applicationType, appSchemes },
      forbiddenOrigin: isOwnCallback ? undefined : forbiddenOrigin,
    })
  }
  for (const uri of logoutUris ?? []) checkLogoutUri(uri, { applicationType, appSchemes, forbiddenOrigin })
  return {
    redirect_uris: uris,
    ...(logoutUris ? { post_logout_redirect_uris: logoutUris } : {}),
    application_type: applicationType,
  }
}

function readUris(fields: Fields, name: 'redirect_uris' | 'post_logout_redirect_uris'): readonly string[] | undefined {
  try {
    return fields.texts(name, { most: MOST_URIS, longest: MOST_ADDRESS })
  } catch (error) {
    if (error instanceof OAuthError && name === 'redirect_uris') {
      throw new OAuthError('invalid_redirect_uri', error.description)
    }
    throw error
  }
}

type Presentation = Pick<
  StandardMetadata,
  | 'client_name'
  | 'client_uri'
  | 'logo_uri'
  | 'policy_uri'
  | 'tos_uri'
  | 'contacts'
  | 'scope'
  | 'software_id'
  | 'software_version'
>

function readPresentation(fields: Fields, rules: RegistrationRules): Presentation {
  const { rights, reservedNames, current } = rules
  const name = fields.text('client_name')
  // What an administrator allowed once stays allowed.
  const kept = name !== undefined && name === current?.client_name
  const pages = (['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const).flatMap((member) => {
    const address = fields.text(member, MOST_ADDRESS)
    if (address === undefined) return []
    if (member === 'logo_uri' && address !== current?.logo_uri) checkFetchedAddress(member, address, rules.issuer)
    else checkWebAddress(member, address, { loopback: member === 'logo_uri' })
    return [[member, address]]
  })
  const contacts = fields.texts('contacts', { most: 10, longest: 254 })
  const scope = fields.text('scope', 1000)
  const softwareId = fields.text('software_id')
  const softwareVersion = fields.text('software_version')
  return {
    ...(name === undefined
      ? {}
      : { client_name: readClientName(name, rights.administers || kept ? undefined : reservedNames) }),
    ...Object.fromEntries(pages),
    ...(contacts ? { contacts } : {}),
    ...(scope === undefined ? {} : { scope: scope === current?.scope ? scope : readScope('scope', scope, rights) }),
    ...(softwareId === undefined ? {} : { software_id: softwareId }),
    ...(softwareVersion === undefined ? {} : { software_version: softwareVersion }),
  }
}

/** OpenID Connect Registration §2: what this server can do of it; a wish that it cannot fulfil is refused, not forgotten. */
function readOpenId(fields: Fields): Pick<StandardMetadata, 'subject_type' | 'id_token_signed_response_alg'> {
  fields.oneOf('subject_type', ['public'])
  return {
    subject_type: 'public',
    id_token_signed_response_alg: fields.oneOf('id_token_signed_response_alg', LOGIN_ALGORITHMS) ?? 'RS256',
  }
}
