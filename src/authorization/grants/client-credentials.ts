import { newId } from '#base'
import { checkOwnAccess } from '../checks/check-own-access.ts'
import { scopeRules } from '../checks/check-request.ts'
import { checkResource, resourcesFor } from '../checks/check-resource.ts'
import { checkScope, parseScope } from '../checks/check-scope.ts'
import { OAuthError } from '../errors.ts'
import type { Grant } from '../store/grant.ts'
import type { GrantDeps, GrantType } from './grant-type.ts'

/** Those that are about a person. */
const OF_PEOPLE = ['openid', 'offline_access']

/**
 * RFC 6749 §4.4: a client for itself. Nothing is written: the grant has an id, so that this one token can be revoked,
 * and gets a row only then. No refresh token (§4.4.3).
 */
export function clientCredentials(deps: GrantDeps): GrantType {
  return {
    name: 'client_credentials',
    async handle({ client, params, resources }) {
      if (!client.isConfidential) {
        throw new OAuthError('unauthorized_client', 'client_credentials is for clients that authenticate')
      }
      if (params['scope'] !== undefined && parseScope(params['scope']).some((scope) => OF_PEOPLE.includes(scope))) {
        throw new OAuthError('invalid_scope', `client_credentials has no ${OF_PEOPLE.join(' and no ')}`)
      }
      const target = checkResource(resources, client, deps.rules)
      const wanted = checkScope(params, client, scopeRules(target, deps.rules))
      const isAsked = params['scope'] !== undefined
      const scopes = checkOwnAccess(client, { scopes: wanted, resources: target.resources, isAsked }, deps.rules)
      const audience = resourcesFor(target, scopes, deps.rules.issuer)
      const grant: Grant = {
        id: newId(),
        clientId: client.id,
        ownerId: null,
        scopes,
        resources: audience,
        claims: null,
        nonce: null,
        authTime: null,
        amr: [],
        acr: null,
        sid: null,
      }
      const made = await deps.tokens.issueAccessToken({ client, grant, scopes, audience, user: undefined })
      return { access_token: made.token, token_type: 'Bearer', expires_in: made.expiresIn, scope: scopes.join(' ') }
    },
  }
}
