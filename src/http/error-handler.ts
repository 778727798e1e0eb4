import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '#base'
import { isConnectionLost } from '#database'
import { problem } from './errors.ts'
import { prefersHtml } from './negotiate.ts'
import { Problem } from './problem.ts'

/** Draws the page of an error. `detail` is public; `code` leads to `/problems/<code>`; `requestId` finds the log lines. */
export type RenderError = (
  request: FastifyRequest,
  reply: FastifyReply,
  shown: { status: number; title: string; detail: string; code: string; requestId: string },
) => string

/** A restart of PostgreSQL, or a failover, seldom takes longer. */
const DATABASE_SECONDS = 5

/** The one place where an error becomes an answer: a page for browsers, `application/problem+json` for the rest. */
export function handleErrors(server: FastifyInstance, options: { publicUrl: string; renderError: RenderError }): void {
  async function answer(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const known = asProblem(error)
    const status = known.type.status
    const fields = { code: known.code, hint: known.hint, err: known.cause ?? (status >= 500 ? error : undefined) }
    if (status >= 500) request.log.error(fields, known.message)
    else request.log.info(fields, known.message)
    reply.code(status)
    if (known.retryAfter !== undefined) reply.header('retry-after', Math.ceil(known.retryAfter))
    const shown = { status, title: known.type.title, detail: known.detail, code: known.code, requestId: request.id }
    if (prefersHtml(request)) {
      reply.type('text/html; charset=utf-8')
      return options.renderError(request, reply, shown)
    }
    reply.type('application/problem+json')
    return JSON.stringify({
      type: `${options.publicUrl}/problems/${known.code}`,
      title: shown.title,
      status,
      detail: shown.detail,
      code: known.code,
      request_id: request.id,
      ...known.members,
    })
  }

  server.setErrorHandler(answer)
  server.setNotFoundHandler((request, reply) =>
    answer(problem('not_found', 'Check the address, or start again from the first page.'), request, reply),
  )
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Failure) return Problem.ofFailure(error)
  if (isConnectionLost(error)) {
    const detail = 'Nothing is lost that was saved. Try again in a few seconds; it comes back by itself.'
    return problem('database_unavailable', detail, { cause: error, retryAfter: DATABASE_SECONDS })
  }
  const status = (error as Partial<FastifyError> | null | undefined)?.statusCode
  if (status === 413) return problem('body_too_large', 'The server takes less at once here.', { cause: error })
  if (status === 415) return problem('unsupported_media_type', 'Send a form or application/json.', { cause: error })
  if (status !== undefined && status >= 400 && status < 500) {
    return problem('bad_request', 'The server could not make sense of what was sent.', { cause: error })
  }
  return problem(
    'internal_error',
    'It has been logged. What you had entered and saved is kept; try again in a moment.',
    {
      cause: error,
    },
  )
}
