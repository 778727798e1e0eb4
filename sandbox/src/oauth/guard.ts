import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendPage } from '../pages/index.ts'
import { BadRequest, SentBack } from './bad-request.ts'
import { errorPage } from './pages.ts'
import type { OAuthRealm } from './realm.ts'

/** A form that another site sent must not decide anything here (the cookie is Lax; this covers the login too). */
async function refuseCrossSite(request: FastifyRequest) {
  if (request.method === 'POST' && request.headers['sec-fetch-site'] === 'cross-site') {
    throw new BadRequest('invalid_request', 'This form was sent by another site.', 403)
  }
}

/** For scopes with pages and forms: other sites' forms are refused, bad requests get a page. */
export function guardForms(app: FastifyInstance, realm: OAuthRealm) {
  app.addHook('preHandler', refuseCrossSite)
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof SentBack) return reply.redirect(error.location, 302)
    if (error instanceof BadRequest) return sendPage(reply, error.status, errorPage(realm, error))
    throw error
  })
}
