import proxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import type { Child } from './child.ts'

/** What tokens have to be, as every gateway here checks it. */
export type Rules = {
  readonly issuer: string
  readonly audience: string
  readonly scope: string
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string
}

type Claims = { readonly sub: string; readonly client_id: string; readonly scope: string; readonly iss: string }

/**
 * `@fastify/http-proxy` with `@fastify/jwt`, told to do what a route of ours does: signature, type, issuer, audience,
 * end, scope; the token stays here, the upstream learns who calls.
 */
export async function serveFastify({
  port,
  upstream,
  rules,
  cache,
}: Child & { readonly rules: Rules; readonly cache: boolean }): Promise<void> {
  const { issuer, audience, scope, publicKey } = rules
  const server = Fastify()
  await server.register(jwt, {
    secret: { public: publicKey },
    verify: { algorithms: ['ES256'], checkTyp: 'at+jwt', allowedIss: issuer, allowedAud: audience, cache },
  })
  await server.register(proxy, {
    upstream,
    prefix: '/notes',
    rewritePrefix: '/notes',
    async preHandler(request, reply) {
      const claims = await request.jwtVerify<Claims>()
      if (!claims.scope.split(' ').includes(scope)) return reply.code(403).send()
    },
    replyOptions: {
      rewriteRequestHeaders({ user }, { authorization: _token, ...headers }) {
        const { sub, client_id: client, scope: scopes, iss } = user as Claims
        return { ...headers, 'x-user': sub, 'x-client': client, 'x-scope': scopes, 'x-issuer': iss }
      },
    },
  })
  await server.listen({ port, host: '127.0.0.1' })
}
