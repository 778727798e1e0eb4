import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type Contract, HTTP_PROBLEMS, Problem } from '#http'
import type { ConsoleDeps } from '../deps.ts'
import { problem } from '../errors.ts'
import { type Administrator, requireAdministrator } from '../gate/administrator.ts'

type Asked<P, Q, B> = {
  readonly administrator: Administrator
  readonly params: P
  readonly query: Q
  readonly body: B
}

const httpProblem = Problem.from(HTTP_PROBLEMS)

/**
 * One address of the admin API: who asks is checked first, then everything that was sent against the contract, member
 * by member: what it does not name is refused, so that nobody sets what is not theirs to set (mass assignment).
 */
export function adminEndpoint<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  server: FastifyInstance,
  deps: Pick<ConsoleDeps, 'accounts' | 'clock' | 'csrf'>,
  contract: Contract<P, Q, B, R>,
  handle: (asked: Asked<z.output<P>, z.output<Q>, z.output<B>>) => Promise<z.output<R> | undefined>,
): void {
  const { method, path } = contract
  server.route({
    method,
    url: path,
    handler: async (request, reply) => {
      const administrator = await requireAdministrator(deps, request, reply, method !== 'GET')
      const answer = await handle({
        administrator,
        params: read(contract.params, request.params, 'path'),
        query: read(contract.query, request.query, 'query'),
        body: read(contract.body, contract.body && jsonBody(request), 'body'),
      })
      return reply.code(contract.answer.status).send(answer)
    },
  })
}

/** JSON only, which no form of another site can send. @throws Problem `unsupported_media_type` */
function jsonBody(request: FastifyRequest): unknown {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/json') return request.body
  throw httpProblem('unsupported_media_type', 'Send JSON: Content-Type application/json.')
}

/** @throws Problem `admin_request_invalid`, whose `errors` names what is wrong; values are not repeated */
function read<S extends z.ZodType>(schema: S | undefined, sent: unknown, where: string): z.output<S> {
  // A contract that names nothing takes nothing: its handler reads none of it.
  if (!schema) return undefined as z.output<S>
  const parsed = schema.safeParse(sent)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map(({ path, message }) => ({ in: where, member: path.join('.'), message }))
  throw problem('admin_request_invalid', 'Nothing was done; `errors` names what is wrong.', { members: { errors } })
}
