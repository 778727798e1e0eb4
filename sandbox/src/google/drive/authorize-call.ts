import type { FastifyRequest } from 'fastify'
import type { AccessToken } from '../../oauth/records.ts'
import { readBearer } from '../../oauth/tokens.ts'
import type { Realm } from '../realm.ts'
import { DRIVE_SCOPES } from '../scopes.ts'
import { Refusal } from './refusal.ts'

const HEADER = { locationType: 'header', location: 'Authorization' }

/** A live access token with a Drive scope (facts 2.5, 2.6). */
export function authorizeCall(realm: Realm, request: FastifyRequest): AccessToken {
  const { authorization } = request.headers
  if (authorization === undefined) throw new Refusal(401, 'required', 'Login Required.', HEADER)
  const token = readBearer(realm, authorization)
  if (!token) throw new Refusal(401, 'authError', 'Invalid Credentials', HEADER)
  if (!DRIVE_SCOPES.some((scope) => token.scopes.includes(scope))) {
    throw new Refusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.')
  }
  return token
}
