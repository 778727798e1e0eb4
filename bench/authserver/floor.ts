import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual } from 'node:crypto'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import type { Child, Client } from './child.ts'

type Form = { readonly grant_type?: string; readonly client_id?: string; readonly client_secret?: string }

/**
 * The least that client credentials cost in Node: Fastify, a form, a Map, one comparison, one signature, made in the
 * cheapest way that we know, by the key alone and in DER. And the least that any request costs, at `/`.
 */
export async function serveFloor({ port, client }: Child): Promise<void> {
  const issuer = `http://localhost:${port}`
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: randomBytes(32).toString('base64url') })
  const clients = new Map([[client.id, hash(client.secret)]])
  const server = Fastify()
  await server.register(formbody)
  server.get('/', async () => ({}))
  server.post<{ Body: Form }>('/token', async (request, reply) => {
    const { grant_type: grant, client_id: id = '', client_secret: secret = '' } = request.body
    const known = clients.get(id)
    if (grant !== 'client_credentials' || !known || !timingSafeEqual(known, hash(secret))) {
      return reply.code(401).send({ error: 'invalid_client' })
    }
    const now = Math.floor(Date.now() / 1000)
    const claims = { ...{ iss: issuer, sub: id, aud: issuer, client_id: id, iat: now, exp: now + 600 }, scope: SCOPE }
    const input = `${header}.${encode({ ...claims, jti: randomUUID() })}`
    const signature = rawOf(sign('sha256', Buffer.from(input), privateKey)).toString('base64url')
    reply.header('cache-control', 'no-store')
    return { access_token: `${input}.${signature}`, token_type: 'Bearer', expires_in: 600, scope: SCOPE }
  })
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
