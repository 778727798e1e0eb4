import type { FastifyInstance } from 'fastify'
import { issuerOf } from '../oauth/realm.ts'
import type { Realm } from './realm.ts'

/** Field values as Google's own document has them (facts 1.7), addresses ours. */
export function registerDiscovery(app: FastifyInstance, realm: Realm) {
  app.get('/.well-known/openid-configuration', { config: { operation: 'discovery' } }, async (_request, reply) => {
    const issuer = issuerOf(realm)
    reply.header('cache-control', 'public, max-age=3600')
    return {
      issuer,
      authorization_endpoint: `${issuer}/o/oauth2/v2/auth`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/v1/userinfo`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/oauth2/v3/certs`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'email', 'profile'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      claims_supported: 'aud email email_verified exp family_name given_name iat iss name picture sub'.split(' '),
      code_challenge_methods_supported: ['plain', 'S256'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      authorization_response_iss_parameter_supported: true,
    }
  })

  app.get('/oauth2/v3/certs', { config: { operation: 'certs' } }, async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=23474, must-revalidate')
    return realm.keys.jwks
  })
}
