import type { FastifyReply, FastifyRequest } from 'fastify'
import { type OAuthError, sendOAuthError } from '../errors.ts'
import type { Outcome } from '../flow/authorize.ts'
import { responseUrl } from '../flow/response.ts'
import { hasBearer } from '../flow/subject.ts'
import { formPostPage } from '../pages/form-post-page.tsx'
import { refusalPage } from '../pages/refusal-page.tsx'
import type { PageDeps } from './deps.ts'

/** Where to next: a page of ours, or the client, by the mode that it asked for. */
export function sendOutcome(
  { pages }: Pick<PageDeps, 'pages'>,
  request: FastifyRequest,
  reply: FastifyReply,
  outcome: Outcome,
): FastifyReply {
  if (outcome.kind === 'go') return reply.redirect(outcome.path, 303)
  const { response } = outcome
  if (response.place.responseMode === 'form_post') {
    const page = formPostPage({ page: pages.context(request, reply), response })
    return pages.send(reply, page, { leavesSite: true })
  }
  const location = responseUrl(response)
  // After a POST nothing of its body may be sent on (RFC 9700 §4.12).
  reply.code(request.method === 'POST' ? 303 : 302).header('location', location)
  return wantsJson(request) ? reply.send({ Location: location }) : reply.send()
}

/** An error that must not go to any redirect URI (RFC 6749 §4.1.2.1): a page, or JSON for programs. */
export function sendRefusal(
  { pages }: Pick<PageDeps, 'pages'>,
  request: FastifyRequest,
  reply: FastifyReply,
  error: OAuthError,
): FastifyReply {
  if (wantsJson(request) || hasBearer(request)) return sendOAuthError(reply, error)
  return pages.send(reply.headers(error.headers), refusalPage({ page: pages.context(request, reply), error }), {
    status: error.status,
  })
}

function wantsJson(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? ''
  return accept.includes('application/json') && !accept.includes('text/html')
}
