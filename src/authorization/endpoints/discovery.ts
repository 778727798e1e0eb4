import type { FastifyInstance } from 'fastify'
import { USER_CLAIMS } from '#accounts'
import { FOREIGN_ALGORITHMS } from '#crypto'
import type { Apis } from '../checks/apis.ts'
import { RESPONSE_MODES } from '../checks/check-place.ts'
import { PROMPTS } from '../checks/check-prompt.ts'
import { KNOWN_SCOPES } from '../checks/check-scope.ts'
import { AUTH_METHODS } from '../clients/metadata/auth-methods.ts'
import { ACR } from '../tokens/authentication.ts'
import { oauthEndpoint } from './oauth-endpoint.ts'

export type DiscoveryDeps = {
  /** No slash at its end; may have a path. */
  readonly issuer: string
  /** Names of the grants that /token knows. */
  readonly grantTypes: readonly string[]
  /** Whether clients are taken whose id is the address of a document about them. */
  readonly clientDocuments: boolean
  readonly apis: Apis
}

const PATHS = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
const SECONDS = 300
/** Of the protocol itself, in ID tokens. */
const TOKEN_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce', 'auth_time', 'acr', 'amr', 'sid', 'at_hash']

/**
 * What this server can do, the same document at both names (OpenID Connect Discovery §4, RFC 8414 §3). Of an issuer
 * with a path both forms lead here, the path behind the name and before it: `#http` takes it away.
 */
export function discoveryEndpoints(server: FastifyInstance, deps: DiscoveryDeps): void {
  for (const path of PATHS) {
    oauthEndpoint(server, {
      path,
      methods: ['GET'],
      cors: true,
      handle: async (_request, reply) =>
        reply.header('cache-control', `public, max-age=${SECONDS}`).type('application/json').send(serverMetadata(deps)),
    })
  }
}

/**
 * Names of the IANA registry "OAuth Authorization Server Metadata", and the one that a draft adds to it; nothing that
 * does not work.
 */
export function serverMetadata({ issuer, grantTypes, clientDocuments, apis }: DiscoveryDeps) {
  const algs = [...FOREIGN_ALGORITHMS]
  const ofApis = apis.list().flatMap(({ scopes }) => scopes)
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    registration_endpoint: `${issuer}/client`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/end_session`,
    op_policy_uri: `${issuer}/privacy`,
    scopes_supported: [...new Set([...KNOWN_SCOPES, ...ofApis])],
    response_types_supported: ['code'],
    response_modes_supported: [...RESPONSE_MODES],
    grant_types_supported: [...grantTypes],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    prompt_values_supported: [...PROMPTS],
    acr_values_supported: Object.values(ACR),
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    token_endpoint_auth_methods_supported: [...AUTH_METHODS],
    token_endpoint_auth_signing_alg_values_supported: algs,
    introspection_endpoint_auth_methods_supported: AUTH_METHODS.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: algs,
    revocation_endpoint_auth_methods_supported: [...AUTH_METHODS],
    revocation_endpoint_auth_signing_alg_values_supported: algs,
    claim_types_supported: ['normal'],
    claims_supported: [...TOKEN_CLAIMS, ...USER_CLAIMS],
    claims_parameter_supported: true,
    // MCP clients look for it, and for `none` above (OAuth Client ID Metadata Document §5.1).
    client_id_metadata_document_supported: clientDocuments,
    request_parameter_supported: false,
    // OpenID Connect Discovery §3: without a word it would mean true.
    request_uri_parameter_supported: false,
  }
}
