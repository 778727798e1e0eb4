import type { FastifyRequest } from 'fastify'
import { OAuthError, type OAuthErrorCode } from '../errors.ts'
import { readParameters } from '../parameters.ts'

/** RFC 6750 §2.1: the scheme in any case (RFC 9110 §11.1), one space or more, `b64token`. */
const HEADER = /^bearer +([\w.~+/-]+=*) *$/i
const FORM = 'application/x-www-form-urlencoded'

/**
 * The access token of a request: in the header, or in the form of a POST (RFC 6750 §2.1, §2.2), never in the query
 * (RFC 9700 §4.3.2).
 *
 * @throws OAuthError with the challenge of §3; `invalid_request` for two tokens, or one in the query
 */
export function readBearerToken(request: FastifyRequest): string {
  const { authorization = '' } = request.headers
  const header = /^bearer\b/i.test(authorization) ? HEADER.exec(authorization)?.[1] : undefined
  if (header === undefined && /^bearer\b/i.test(authorization)) {
    throw bearerError('invalid_request', 'The Authorization header holds no bearer token')
  }
  if ('access_token' in readParameters(request.query)) {
    throw bearerError('invalid_request', 'Send the token in the Authorization header, not in the address')
  }
  const isForm = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === FORM
  const form = request.method === 'POST' && isForm ? readParameters(request.body)['access_token'] : undefined
  if (header !== undefined && form !== undefined) {
    throw bearerError('invalid_request', 'Send the token once: in the header, or in the form')
  }
  const token = header ?? form
  if (token !== undefined) return token
  // §3.1: who brought nothing is told nothing about errors.
  throw new OAuthError('invalid_token', 'Send an access token: Authorization: Bearer', {
    headers: { 'www-authenticate': 'Bearer realm="trivet"' },
  })
}

/** RFC 6750 §3: the challenge names the error, and the scope that would do. */
export function bearerError(code: OAuthErrorCode, description: string, scope?: string): OAuthError {
  const challenge = [
    'Bearer realm="trivet"',
    `error="${code}"`,
    `error_description="${description}"`,
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
  ].join(', ')
  return new OAuthError(code, description, { headers: { 'www-authenticate': challenge } })
}
