import type { FastifyRequest } from 'fastify'
import { hashSecret } from '#crypto'
import type { Database } from '#database'
import type { Csrf } from '#http'
import { OAuthError } from '../errors.ts'
import { isRegistrationTokenLive } from '../store/registration-token.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { RegistrationPolicy } from './metadata/rights.ts'
import type { Registrant } from './registration.ts'

export type RegistrantDeps = {
  readonly database: Database
  readonly csrf: Pick<Csrf, 'isGenuine'>
  readonly policy: RegistrationPolicy
  /** Whether a route of the gateway is for MCP clients now, which register themselves. */
  readonly hasMcpRoute: () => boolean
  /** The user of a login token in the Authorization header. */
  readonly bearerUser: (request: FastifyRequest) => Promise<{ readonly ownerId: string } | undefined>
}

/** An initial access token (RFC 7591 §3). */
export const REGISTRATION_TOKEN = 'tri_'

/**
 * Who registers: the user of a login token or of this session, the holder of an initial access token, or nobody, where
 * the policy takes that.
 *
 * @throws OAuthError `invalid_token` (401)
 */
export async function readRegistrant(deps: RegistrantDeps, request: FastifyRequest): Promise<Registrant> {
  const { authorization } = request.headers
  // Who sends a token means it: a session beside it, or the policy, does not help out (interfaces, "Bearer calls ignore cookies").
  if (authorization !== undefined) return readBearer(deps, request, authorization)
  const { caller } = request
  if (caller?.kind === 'user' && deps.csrf.isGenuine(request, csrfToken(request))) {
    return { kind: 'user', ownerId: caller.ownerId }
  }
  if (deps.policy === 'open' || (deps.policy === 'mcp' && deps.hasMcpRoute())) return { kind: 'anonymous' }
  const how = 'Sign in first: send the token of POST /login, or from a page the csrf token of its session'
  throw new OAuthError('invalid_token', how, { headers: { 'www-authenticate': 'Bearer realm="trivet"' } })
}

async function readBearer(deps: RegistrantDeps, request: FastifyRequest, authorization: string): Promise<Registrant> {
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1]
  if (token?.startsWith(REGISTRATION_TOKEN) && deps.policy !== 'off') {
    const tokenHash = hashSecret(token)
    const isLive = await isRegistrationTokenLive(deps.database.tables<AuthorizationTables>(), tokenHash)
    if (isLive) return { kind: 'token', tokenHash }
  } else if (token !== undefined) {
    const user = await deps.bearerUser(request)
    if (user) return { kind: 'user', ownerId: user.ownerId }
  }
  throw new OAuthError('invalid_token', 'The token is not known here, or has ended', {
    headers: { 'www-authenticate': 'Bearer realm="trivet", error="invalid_token"' },
  })
}

/** A header that no form can set, or a member of the JSON body. */
function csrfToken(request: FastifyRequest): unknown {
  const { body } = request
  if (typeof body === 'object' && body !== null && 'csrf' in body) return body.csrf
  return request.headers['x-csrf-token']
}
