import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Page, sendPage } from '../pages/index.ts'
import { BadRequest } from './bad-request.ts'
import { parseForm } from './form.ts'
import { guardForms } from './guard.ts'
import type { OAuthRealm } from './realm.ts'
import { readSession, startSession } from './sessions.ts'

/** What one authorization server decides for itself; the way through its two pages is the same everywhere. */
export type AuthorizationFlow<Asked, Person> = {
  /** Paths of the authorization endpoint. */
  paths: readonly string[]
  /** Checks the request. @throws BadRequest, SentBack */
  parse(query: URLSearchParams): Asked
  /** By account, or by the id of the login page's button. */
  findPerson(account: string | undefined): Person | undefined
  accountOf(person: Person): string
  /** Whom to go on with without asking: the signed-in person, unless the request wants another. */
  remembered(asked: Asked, signedIn: Person | undefined): Person | undefined
  /** The callback for a request that forbids pages and cannot do without. */
  refuseQuietly?(asked: Asked, person: Person | undefined): string | undefined
  needsConsent(asked: Asked, person: Person): boolean
  /** The callback of somebody who allowed this before. */
  goOn(asked: Asked, person: Person): string
  /** The callback after a button of the consent page. */
  decide(asked: Asked, person: Person, form: URLSearchParams): string
  /** The forms carry the query they answer, so that an open page outlives a restart. */
  loginPage(asked: Asked, query: string): Page
  consentPage(asked: Asked, query: string, person: Person): Page
}

/** The query of a request, as it was sent. */
export const queryOf = (request: FastifyRequest) => request.url.split('?').slice(1).join('?')

/** The authorization endpoint and its two pages: who are you, and do you agree. */
export function registerAuthorization<Asked, Person>(
  app: FastifyInstance,
  realm: OAuthRealm,
  flow: AuthorizationFlow<Asked, Person>,
) {
  guardForms(app, realm)
  const signedIn = (request: FastifyRequest) => flow.findPerson(readSession(realm, request))
  const formQuery = (request: FastifyRequest) => parseForm(request.body).get('request') ?? ''

  function authorize(query: string, request: FastifyRequest, reply: FastifyReply) {
    const asked = flow.parse(new URLSearchParams(query))
    const person = flow.remembered(asked, signedIn(request))
    const refusal = flow.refuseQuietly?.(asked, person)
    if (refusal !== undefined) return reply.redirect(refusal, 302)
    if (person === undefined) return sendPage(reply, 200, flow.loginPage(asked, query))
    if (flow.needsConsent(asked, person)) return sendPage(reply, 200, flow.consentPage(asked, query, person))
    return reply.redirect(flow.goOn(asked, person), 302)
  }

  for (const path of flow.paths) {
    app.get(path, { config: { operation: 'authorize' } }, (request, reply) =>
      authorize(queryOf(request), request, reply),
    )
  }

  app.post('/signin', { config: { operation: 'signin' } }, (request, reply) => {
    const query = formQuery(request)
    const asked = flow.parse(new URLSearchParams(query))
    const person = flow.findPerson(parseForm(request.body).get('persona') ?? undefined)
    if (person === undefined) throw new BadRequest('invalid_request', 'Choose one of the accounts.')
    startSession(realm, reply, flow.accountOf(person))
    if (!flow.needsConsent(asked, person)) return reply.redirect(flow.goOn(asked, person), 303)
    return reply.redirect(`${realm.site.path(`/${realm.provider}/consent`)}?${query}`, 303)
  })

  app.get('/consent', { config: { operation: 'consent' } }, (request, reply) => {
    const query = queryOf(request)
    const person = signedIn(request)
    if (person === undefined) return authorize(query, request, reply)
    return sendPage(reply, 200, flow.consentPage(flow.parse(new URLSearchParams(query)), query, person))
  })

  app.post('/consent', { config: { operation: 'consent' } }, (request, reply) => {
    const query = formQuery(request)
    const person = signedIn(request)
    if (person === undefined) return authorize(query, request, reply)
    const asked = flow.parse(new URLSearchParams(query))
    return reply.redirect(flow.decide(asked, person, parseForm(request.body)), 303)
  })
}
