import type { FastifyInstance } from 'fastify'
import { parseForm, type Realm } from '../realm.ts'
import { authenticateClient } from './authenticate-client.ts'
import { exchangeCode } from './exchange-code.ts'
import { refresh } from './refresh.ts'
import { Refusal } from './refusal.ts'

function checkRepeats(form: URLSearchParams) {
  for (const name of form.keys()) {
    if (form.getAll(name).length > 1) {
      throw new Refusal(400, 'invalid_request', `OAuth 2 parameters can only have a single value: ${name}`)
    }
  }
}

/** The token endpoint: codes and refresh tokens in, access tokens out. */
export function registerToken(app: FastifyInstance, realm: Realm) {
  app.post('/token', {
    config: {
      operation: ({ body }) =>
        parseForm(body).get('grant_type') === 'refresh_token' ? 'token.refresh' : 'token.exchange',
    },
    async handler(request, reply) {
      const form = parseForm(request.body)
      reply.headers({ 'cache-control': 'no-cache, no-store, max-age=0, must-revalidate', pragma: 'no-cache' })
      try {
        checkRepeats(form)
        const client = authenticateClient(form, request.headers.authorization)
        const grant = form.get('grant_type')
        if (grant === 'authorization_code') return await exchangeCode(realm, client, form)
        if (grant === 'refresh_token') return await refresh(realm, client, form)
        if (!grant) throw new Refusal(400, 'invalid_request', 'Required parameter is missing: grant_type')
        throw new Refusal(400, 'unsupported_grant_type', `Invalid grant_type: ${grant}`)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return reply.code(error.status).send({ error: error.error, error_description: error.message })
      }
    },
  })
}
