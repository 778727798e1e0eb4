import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual } from 'node:crypto'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import type { Child, Client } from './child.ts'

type Form = { readonly grant_type?: string; readonly client_id?: string; readonly client_secret?: string }

/** The least that client credentials cost in Node: Fastify, a form, a Map, one comparison, one signature. */
export async function serveFloor({ port, client }: Child): Promise<void> {
  const issuer = `http://localhost:${port}`
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: randomBytes(32).toString('base64url') })
  const clients = new Map([[client.id, hash(client.secret)]])
  const server = Fastify()
  await server.register(formbody)
  server.post<{ Body: Form }>('/token', async (request, reply) => {
    const { grant_type: grant, client_id: id = '', client_secret: secret = '' } = request.body
    const known = clients.get(id)
    if (grant !== 'client_credentials' || !known || !timingSafeEqual(known, hash(secret))) {
      return reply.code(401).send({ error: 'invalid_client' })
    }
    const now = Math.floor(Date.now() / 1000)
    const claims = { ...{ iss: issuer, sub: id, aud: issuer, client_id: id, iat: now, exp: now + 600 }, scope: SCOPE }
    const input = `${header}.${encode({ ...claims, jti: randomUUID() })}`
    const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    reply.header('cache-control', 'no-store')
    return { access_token: `${input}.${signature}`, token_type: 'Bearer', expires_in: 600, scope: SCOPE }
  })
  await server.listen({ port, host: '127.0.0.1' })
}

export const SCOPE = 'api:read'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hash = (text: Client['secret']) => createHash('sha256').update(text).digest()
