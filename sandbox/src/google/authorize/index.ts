import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendPage } from '../../pages/index.ts'
import { findPersona, type Persona } from '../personas.ts'
import { parseForm, type Realm } from '../realm.ts'
import { grantKey } from '../records.ts'
import { holds, isSignIn } from '../scopes.ts'
import { answerCode, answerError } from './answer.ts'
import { consentPage, errorPage, loginPage } from './pages.ts'
import { type AuthorizationRequest, BadRequest, parseAuthorizationRequest } from './parse-request.ts'
import { readSession, startSession } from './session.ts'

/** The forms carry the query they answer, so that an open page outlives a restart. */
type Asked = { request: AuthorizationRequest; query: string }

function parseAsked({ site }: Realm, query: string): Asked {
  const { origin } = new URL(site.url('/'))
  return { request: parseAuthorizationRequest(new URLSearchParams(query), origin), query }
}

function needsConsent({ records }: Realm, { client, scopes, prompts }: AuthorizationRequest, persona: Persona) {
  const granted = records.grants.get(grantKey(persona.email, client.id))?.scopes ?? []
  return prompts.has('consent') || !holds(granted, scopes)
}

function goOn(realm: Realm, request: AuthorizationRequest, persona: Persona): string {
  const ticked = request.scopes.filter((scope) => !isSignIn(scope))
  return answerCode(realm, request, { account: persona.email, ticked, consented: false })
}

/** The remembered person, unless the request wants a choice or hints at somebody else. */
function rememberedPerson(realm: Realm, { prompts, loginHint }: AuthorizationRequest, request: FastifyRequest) {
  const session = readSession(realm, request)
  const hinted = findPersona(loginHint)
  return prompts.has('select_account') || (hinted && session && hinted !== session) ? undefined : session
}

function authorize(realm: Realm, { request, query }: Asked, http: FastifyRequest, reply: FastifyReply) {
  const persona = rememberedPerson(realm, request, http)
  if (request.prompts.has('none')) {
    // OpenID Connect Core 3.1.2.6
    if (!persona) return reply.redirect(answerError(realm, request, 'login_required'), 302)
    if (needsConsent(realm, request, persona)) {
      const bare = !realm.records.grants.has(grantKey(persona.email, request.client.id))
      return reply.redirect(answerError(realm, request, bare ? 'consent_required' : 'interaction_required'), 302)
    }
  }
  if (!persona) return sendPage(reply, 200, loginPage(realm, request, query, findPersona(request.loginHint)))
  if (needsConsent(realm, request, persona)) return sendPage(reply, 200, consentPage(realm, request, query, persona))
  return reply.redirect(goOn(realm, request, persona), 302)
}

function decide(realm: Realm, { request }: Asked, persona: Persona, form: URLSearchParams): string {
  if (form.get('action') !== 'allow') return answerError(realm, request, 'access_denied')
  const wanted = request.scopes.some((scope) => !isSignIn(scope))
  const unticked = wanted && realm.faults.take('google', 'authorize', 'untick_scopes')
  const ticked = unticked ? [] : form.getAll('scope')
  return answerCode(realm, request, { account: persona.email, ticked, consented: true })
}

/** A form that another site sent must not decide anything here (the cookie is Lax; this covers the login too). */
async function refuseCrossSite(request: FastifyRequest) {
  if (request.method === 'POST' && request.headers['sec-fetch-site'] === 'cross-site') {
    throw new BadRequest('invalid_request', 'This form was sent by another site.', 403)
  }
}

/** The authorization endpoint and its two pages: who are you, and do you agree. */
export async function registerAuthorize(app: FastifyInstance, realm: Realm) {
  app.addHook('preHandler', refuseCrossSite)
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof BadRequest)) throw error
    return sendPage(reply, error.status, errorPage(realm, error))
  })
  const queryOf = (request: FastifyRequest) => request.url.split('?').slice(1).join('?')
  const askedBy = (request: FastifyRequest) => parseAsked(realm, parseForm(request.body).get('request') ?? '')

  app.get('/o/oauth2/v2/auth', { config: { operation: 'authorize' } }, (request, reply) =>
    authorize(realm, parseAsked(realm, queryOf(request)), request, reply),
  )

  app.post('/signin', { config: { operation: 'signin' } }, (request, reply) => {
    const asked = askedBy(request)
    const persona = findPersona(parseForm(request.body).get('persona') ?? undefined)
    if (!persona) throw new BadRequest('invalid_request', 'Choose one of the accounts.')
    startSession(realm, reply, persona)
    if (!needsConsent(realm, asked.request, persona)) return reply.redirect(goOn(realm, asked.request, persona), 303)
    return reply.redirect(`${realm.site.path('/google/consent')}?${asked.query}`, 303)
  })

  app.get('/consent', { config: { operation: 'consent' } }, (request, reply) => {
    const asked = parseAsked(realm, queryOf(request))
    const persona = readSession(realm, request)
    if (!persona) return authorize(realm, asked, request, reply)
    return sendPage(reply, 200, consentPage(realm, asked.request, asked.query, persona))
  })

  app.post('/consent', { config: { operation: 'consent' } }, (request, reply) => {
    const asked = askedBy(request)
    const persona = readSession(realm, request)
    if (!persona) return authorize(realm, asked, request, reply)
    return reply.redirect(decide(realm, asked, persona, parseForm(request.body)), 303)
  })
}
