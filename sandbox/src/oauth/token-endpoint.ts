import type { FastifyInstance, FastifyRequest } from 'fastify'
import { authenticateClient } from './authenticate-client.ts'
import type { Client } from './clients.ts'
import { findRepeated, parseForm } from './form.ts'
import { Refusal } from './refusal.ts'

type GrantHandler = (client: Client, form: URLSearchParams) => object | Promise<object>

export type TokenEndpoint = {
  paths: readonly string[]
  /** Checks of the provider's own, before the form is looked at. @throws Refusal */
  check?(request: FastifyRequest): void
  exchange: GrantHandler
  refresh: GrantHandler
}

/** Runs it; a Refusal becomes the answer (RFC 6749, 5.2). */
export async function refusable(answer: () => object | Promise<object>): Promise<{ status: number; body: object }> {
  try {
    return { status: 200, body: await answer() }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: error.status, body: { error: error.error, error_description: error.message } }
  }
}

function operationOf({ body }: FastifyRequest): string {
  return parseForm(body).get('grant_type') === 'refresh_token' ? 'token.refresh' : 'token.exchange'
}

/** The token endpoint: codes and refresh tokens in, access tokens out. */
export function registerTokenEndpoint(app: FastifyInstance, { paths, check, exchange, refresh }: TokenEndpoint) {
  function answer(request: FastifyRequest) {
    check?.(request)
    const form = parseForm(request.body)
    const repeated = findRepeated(form)
    if (repeated !== undefined) {
      throw new Refusal(400, 'invalid_request', `OAuth 2 parameters can only have a single value: ${repeated}`)
    }
    const client = authenticateClient(form, request.headers.authorization)
    const grant = form.get('grant_type')
    if (grant === 'authorization_code') return exchange(client, form)
    if (grant === 'refresh_token') return refresh(client, form)
    if (!grant) throw new Refusal(400, 'invalid_request', 'Required parameter is missing: grant_type')
    throw new Refusal(400, 'unsupported_grant_type', `Invalid grant_type: ${grant}`)
  }

  for (const path of paths) {
    app.post(path, { config: { operation: operationOf } }, async (request, reply) => {
      reply.headers({ 'cache-control': 'no-cache, no-store, max-age=0, must-revalidate', pragma: 'no-cache' })
      const { status, body } = await refusable(() => answer(request))
      return reply.code(status).send(body)
    })
  }
}
