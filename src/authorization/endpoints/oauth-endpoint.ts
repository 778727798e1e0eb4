import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { isConnectionLost } from '#database'
import { Problem } from '#http'
import { OAuthError, type OAuthErrorCode, sendOAuthError } from '../errors.ts'

/** An address for programs: every error has the body of RFC 6749 §5.2, whatever `Accept` says. */
export type OAuthEndpoint = {
  readonly path: string
  readonly methods: readonly HTTPMethods[]
  /** Pages of any origin may call it, without credentials (decision "CORS"). */
  readonly cors: boolean
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
}

const ALL_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly HTTPMethods[]

/** Registers it, with an answer to the methods that it does not have (405, `Allow`) and to preflights. */
export function oauthEndpoint(server: FastifyInstance, endpoint: OAuthEndpoint): void {
  const { path, methods, cors } = endpoint
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
  // Encapsulated, so that the error handler is for this address only.
  server.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const known = asOAuthError(error)
      const fields = { error: known.error, err: known.status >= 500 ? error : known.cause }
      if (known.status >= 500) request.log.error(fields, known.message)
      else request.log.info(fields, known.message)
      return sendOAuthError(reply, known)
    })
    if (cors) {
      scope.addHook('onRequest', (_request, reply, done) => {
        reply.header('access-control-allow-origin', '*')
        reply.header('access-control-expose-headers', 'WWW-Authenticate')
        done()
      })
    }
    scope.route({ url: path, method: [...methods], handler: (request, reply) => endpoint.handle(request, reply) })
    scope.route({
      url: path,
      method: ALL_METHODS.filter((method) => !methods.includes(method)),
      handler: async () => {
        throw new OAuthError('invalid_request', `Send ${methods.join(' or ')}`, { status: 405, headers: { allow } })
      },
    })
    scope.options(path, async (_request, reply) => {
      if (cors) {
        reply.header('access-control-allow-methods', allow)
        // The last is what MCP clients in a browser send from discovery on (MCP 2025-06-18, Protocol Version Header).
        const headers = 'authorization, content-type, dpop, mcp-protocol-version'
        reply.header('access-control-allow-headers', headers)
        reply.header('access-control-max-age', '600')
      }
      return reply.code(204).header('allow', allow).send()
    })
  })
}

/** What the server itself refuses before a handler runs, and what breaks behind it, in the words of OAuth. */
function asOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  if (isConnectionLost(error)) {
    const options = { status: 503, headers: { 'retry-after': '5' }, cause: error }
    return new OAuthError('temporarily_unavailable', 'The database does not answer; try again in 5 seconds', options)
  }
  if (error instanceof Problem) {
    const { status } = error.type
    const headers = error.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfter)) }
    return new OAuthError(codeOf(status), error.detail, { status, headers, cause: error })
  }
  const status = statusOf(error)
  const options = { status, cause: error }
  if (status === 413) return new OAuthError('invalid_request', 'That is more than is taken here', options)
  if (status === 415) return new OAuthError('invalid_request', 'This content type is not taken here', options)
  if (status < 500) return new OAuthError('invalid_request', 'The request could not be read', options)
  return new OAuthError('server_error', 'Something broke on our side; it has been logged', options)
}

function codeOf(status: number): OAuthErrorCode {
  if (status === 429 || status === 503) return 'temporarily_unavailable'
  return status >= 500 ? 'server_error' : 'invalid_request'
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}
