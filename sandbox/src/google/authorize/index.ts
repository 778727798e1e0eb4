import type { FastifyInstance } from 'fastify'
import { registerAuthorization } from '../../oauth/authorize.ts'
import { loginPage } from '../../oauth/pages.ts'
import { grantKey } from '../../oauth/records.ts'
import { faceOf, findPersona, PERSONAS, type Persona } from '../personas.ts'
import type { Realm } from '../realm.ts'
import { holds, isSignIn } from '../scopes.ts'
import { answerCode, answerError } from './answer.ts'
import { consentPage } from './pages.ts'
import { type AuthorizationRequest, parseAuthorizationRequest } from './parse-request.ts'

function needsConsent({ records }: Realm, { client, scopes, prompts }: AuthorizationRequest, persona: Persona) {
  const granted = records.grants.get(grantKey(persona.email, client.id))?.scopes ?? []
  return prompts.has('consent') || !holds(granted, scopes)
}

function goOn(realm: Realm, request: AuthorizationRequest, persona: Persona): string {
  const ticked = request.scopes.filter((scope) => !isSignIn(scope))
  return answerCode(realm, request, { account: persona.email, ticked, consented: false })
}

/** The remembered person, unless the request wants a choice or hints at somebody else. */
function remembered({ prompts, loginHint }: AuthorizationRequest, signedIn: Persona | undefined) {
  const hinted = findPersona(loginHint)
  return prompts.has('select_account') || (hinted && signedIn && hinted !== signedIn) ? undefined : signedIn
}

/** OpenID Connect Core 3.1.2.6 */
function refuseQuietly(realm: Realm, request: AuthorizationRequest, persona: Persona | undefined): string | undefined {
  if (!request.prompts.has('none')) return undefined
  if (!persona) return answerError(realm, request, 'login_required')
  if (!needsConsent(realm, request, persona)) return undefined
  const bare = !realm.records.grants.has(grantKey(persona.email, request.client.id))
  return answerError(realm, request, bare ? 'consent_required' : 'interaction_required')
}

function decide(realm: Realm, request: AuthorizationRequest, persona: Persona, form: URLSearchParams): string {
  if (form.get('action') !== 'allow') return answerError(realm, request, 'access_denied')
  const wanted = request.scopes.some((scope) => !isSignIn(scope))
  const unticked = wanted && realm.faults.take('google', 'authorize', 'untick_scopes')
  const ticked = unticked ? [] : form.getAll('scope')
  return answerCode(realm, request, { account: persona.email, ticked, consented: true })
}

export function registerAuthorize(app: FastifyInstance, realm: Realm) {
  registerAuthorization<AuthorizationRequest, Persona>(app, realm, {
    paths: ['/o/oauth2/v2/auth'],
    parse: (query) => parseAuthorizationRequest(query, new URL(realm.site.url('/')).origin),
    findPerson: findPersona,
    accountOf: ({ email }) => email,
    remembered,
    refuseQuietly: (request, persona) => refuseQuietly(realm, request, persona),
    needsConsent: (request, persona) => needsConsent(realm, request, persona),
    goOn: (request, persona) => goOn(realm, request, persona),
    decide: (request, persona, form) => decide(realm, request, persona, form),
    // A login hint leaves only that person.
    loginPage(request, query) {
      const hinted = findPersona(request.loginHint)
      const shown = (hinted ? [hinted] : PERSONAS).map((persona) => faceOf(realm.site, persona))
      return loginPage(realm, request.client.name, query, shown)
    },
    consentPage: (request, query, persona) => consentPage(realm, request, query, persona),
  })
}
