import type { FastifyInstance } from 'fastify'
import { queryOf, registerAuthorization } from '../../oauth/authorize.ts'
import { issueCode } from '../../oauth/codes.ts'
import { loginPage } from '../../oauth/pages.ts'
import { callbackUrl, issuerOf, type OAuthRealm } from '../../oauth/realm.ts'
import { grantKey } from '../../oauth/records.ts'
import { sendPage } from '../../pages/index.ts'
import { faceOf, findPersona, PERSONAS, type Persona } from '../personas.ts'
import { consentPage } from './consent-page.ts'
import { type AuthorizationRequest, errorCallback, parseAuthorizationRequest } from './parse-request.ts'

/** `prompt=none` skips the page only where the same scopes were granted before. */
function needsConsent({ records }: OAuthRealm, { client, scopes, prompt }: AuthorizationRequest, persona: Persona) {
  const granted = records.grants.get(grantKey(persona.snowflake, client.id))?.scopes
  return prompt === 'consent' || !granted || !scopes.every((scope) => granted.includes(scope))
}

/** The callback with a code; what was allowed is remembered in the same commit. */
function answerCode(realm: OAuthRealm, request: AuthorizationRequest, { snowflake: account }: Persona): string {
  const { records, random } = realm
  const { redirectUri, scopes, challenge, state } = request
  const client = request.client.id
  const code = random(22).toString('base64url')
  const earlier = records.grants.get(grantKey(account, client))?.scopes ?? []
  records.commit(
    records.grants.put(grantKey(account, client), { account, client, scopes: [...new Set([...earlier, ...scopes])] }),
    issueCode(realm, code, { client, account, redirectUri, scopes, challenge, refreshable: true }),
  )
  return callbackUrl(redirectUri, { code, state, iss: issuerOf(realm) })
}

function decide(realm: OAuthRealm, request: AuthorizationRequest, persona: Persona, form: URLSearchParams): string {
  if (form.get('action') === 'allow') return answerCode(realm, request, persona)
  const description = 'The resource owner or authorization server denied the request'
  return errorCallback(realm, request, 'access_denied', description)
}

export function registerAuthorize(app: FastifyInstance, realm: OAuthRealm) {
  const parse = (query: URLSearchParams) => parseAuthorizationRequest(realm, query)
  const login = (request: AuthorizationRequest, query: string) =>
    loginPage(
      realm,
      request.client.name,
      query,
      PERSONAS.map((persona) => faceOf(realm.site, persona)),
    )

  registerAuthorization<AuthorizationRequest, Persona>(app, realm, {
    paths: ['/oauth2/authorize', '/api/oauth2/authorize', '/api/v10/oauth2/authorize'],
    parse,
    findPerson: findPersona,
    accountOf: ({ snowflake }) => snowflake,
    remembered: (_request, signedIn) => signedIn,
    needsConsent: (request, persona) => needsConsent(realm, request, persona),
    goOn: (request, persona) => answerCode(realm, request, persona),
    decide: (request, persona, form) => decide(realm, request, persona, form),
    loginPage: login,
    consentPage: (request, query, persona) => consentPage(realm, request, query, persona),
  })

  /** Another account than the remembered one. */
  app.get('/signin', { config: { operation: 'signin' } }, (request, reply) => {
    const query = queryOf(request)
    return sendPage(reply, 200, login(parse(new URLSearchParams(query)), query))
  })
}
