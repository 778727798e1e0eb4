import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '#base'
import { FOREIGN_ALGORITHMS, hashSecret, type PublicKeys, type RemoteKeys, verifyForeignJwt } from '#crypto'
import { readParameters, requireForm } from '../../parameters.ts'
import type { Client, ClientRecord } from '../client.ts'
import type { Directory } from '../directory.ts'
import { readAssertionClaims } from './assertion-claims.ts'
import { authenticationFailed, type Credentials, readCredentials } from './credentials.ts'

export type AuthenticateDeps = {
  readonly directory: Pick<Directory, 'find'>
  readonly remoteKeys: RemoteKeys
  readonly issuer: string
  readonly clock: Clock
  /** Notes the `jti` of an assertion; false when it was used before. */
  readonly useAssertion: (assertion: { clientId: string; jtiHash: Buffer; expiresAt: number }) => Promise<boolean>
  /** Notes that a client was used. */
  readonly touch: (id: string) => Promise<void>
}

/** `typ` of client assertions: none by RFC 7523, the last one by its revision. */
const TYPES = ['jwt', 'client-authentication+jwt']
/** Compared with where there is no secret, so that both cases do the same work. */
const NO_SECRET = Buffer.alloc(32)

/**
 * Who sends a form to `/token`, `/introspect` or `/revoke`: by exactly one method, and by no other than the registered
 * one (RFC 7591 §2). Public clients only say who they are.
 *
 * @throws OAuthError `invalid_client` (401), the same for unknown clients, wrong secrets and wrong methods;
 *   `invalid_request` for more than one method
 */
export async function authenticateClient(deps: AuthenticateDeps, request: FastifyRequest): Promise<{ client: Client }> {
  const credentials = readCredentials(request.headers, readParameters(requireForm(request)))
  const record = await deps.directory.find(credentials.clientId)
  const isGenuine = await isProven(deps, credentials, record)
  if (!record || !isGenuine || record.client.authMethod !== credentials.method) {
    throw authenticationFailed(new Error(whyNot(credentials, record)))
  }
  await deps.touch(record.client.id)
  return { client: record.client }
}

/** For the log of whoever runs the server; the answer is the same for all. Ids and methods, nothing secret. */
function whyNot({ clientId, method }: Credentials, record: ClientRecord | undefined): string {
  // Not what was sent: whoever mixes the two up sends the secret as the id.
  if (!record) return 'there is no client of that id, or it is switched off'
  const { authMethod } = record.client
  return authMethod === method
    ? `${clientId} proved nothing by ${method}`
    : `${clientId} is registered for ${authMethod}, ${method} came`
}

async function isProven(
  deps: AuthenticateDeps,
  credentials: Credentials,
  record: ClientRecord | undefined,
): Promise<boolean> {
  switch (credentials.method) {
    case 'none':
      return true
    case 'client_secret_basic':
    case 'client_secret_post': {
      const known = record?.secretHash ?? NO_SECRET
      return timingSafeEqual(known, hashSecret(credentials.secret)) && record?.secretHash !== undefined
    }
    case 'private_key_jwt':
      // Keys of a client that registered another method are not even asked for.
      return record?.client.authMethod === 'private_key_jwt' && isAsserted(deps, credentials.assertion, record.client)
  }
}

/** RFC 7523 §3. The `jti` is used up last: only its owner can do that. */
async function isAsserted(deps: AuthenticateDeps, assertion: string, client: Client): Promise<boolean> {
  const claims = await verifySignature(deps, assertion, client)
  if (!claims) return false
  const audiences =
    client.metadata.client_assertion_audience === 'issuer' ? [deps.issuer] : [deps.issuer, `${deps.issuer}/token`]
  const read = readAssertionClaims(claims, { clientId: client.id, audiences, now: deps.clock.now() })
  if (!read) return false
  return deps.useAssertion({ clientId: client.id, jtiHash: hashSecret(read.jti), expiresAt: read.exp })
}

async function verifySignature(
  { remoteKeys }: AuthenticateDeps,
  assertion: string,
  { jwks, metadata }: Client,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const only = metadata.token_endpoint_auth_signing_alg
  const algorithms = only === undefined ? FOREIGN_ALGORITHMS : [only]
  const verify = (keys: PublicKeys | undefined) =>
    keys && verifyForeignJwt(assertion, { keys, algorithms, types: TYPES })
  if (jwks) return verify(jwks)
  const uri = metadata.jwks_uri
  if (uri === undefined) return undefined
  const known = await remoteKeys.of(uri)
  const claims = await verify(known)
  if (claims) return claims
  // The client may have changed its keys since.
  const renewed = await remoteKeys.of(uri, { renew: true })
  return renewed === known ? undefined : verify(renewed)
}
