import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual } from 'node:crypto'
import formbody from '@fastify/formbody'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { Child, Client } from './child.ts'

type Form = { readonly grant_type?: string; readonly client_id?: string; readonly client_secret?: string }
type Body = { readonly Body: Form }

/**
 * The least that client credentials cost in Node: Fastify, a form, a Map, one comparison, one signature, made in the
 * cheapest way that we know, by the key alone and in DER, or at `/token/usual` in the way that Node's manual has it
 * (`dsaEncoding`). And the least that any request costs, at `/`.
 */
export async function serveFloor({ port, client }: Child): Promise<void> {
  const issuer = `http://localhost:${port}`
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: randomBytes(32).toString('base64url') })
  const clients = new Map([[client.id, hash(client.secret)]])
  const server = Fastify()
  await server.register(formbody)
  server.get('/', async () => ({}))
  const answer = (sign: (input: string) => Buffer) => async (request: FastifyRequest<Body>, reply: FastifyReply) => {
    const { grant_type: grant, client_id: id = '', client_secret: secret = '' } = request.body
    const known = clients.get(id)
    if (grant !== 'client_credentials' || !known || !timingSafeEqual(known, hash(secret))) {
      return reply.code(401).send({ error: 'invalid_client' })
    }
    const now = Math.floor(Date.now() / 1000)
    const claims = { ...{ iss: issuer, sub: id, aud: issuer, client_id: id, iat: now, exp: now + 600 }, scope: SCOPE }
    const input = `${header}.${encode({ ...claims, jti: randomUUID() })}`
    reply.header('cache-control', 'no-store')
    const token = `${input}.${sign(input).toString('base64url')}`
    return { access_token: token, token_type: 'Bearer', expires_in: 600, scope: SCOPE }
  }
  const usual = { key, dsaEncoding: 'ieee-p1363' } as const
  server.post<Body>(
    '/token',
    answer((input) => rawOf(sign('sha256', Buffer.from(input), key))),
  )
  server.post<Body>(
    '/token/usual',
    answer((input) => sign('sha256', Buffer.from(input), usual)),
  )
  await server.listen({ port, host: '127.0.0.1' })
}

export const SCOPE = 'api:read'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hash = (text: Client['secret']) => createHash('sha256').update(text).digest()

/** R and S of a P-256 signature in DER, in 32 bytes each (RFC 7518 §3.4). */
function rawOf(der: Buffer): Buffer {
  const sAt = 4 + der.readUInt8(3)
  const parts = [der.subarray(4, sAt), der.subarray(sAt + 2)]
  return Buffer.concat(parts.map((part) => Buffer.concat([Buffer.alloc(32), part]).subarray(-32)))
}
