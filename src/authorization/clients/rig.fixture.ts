import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTPayload, SignJWT } from 'jose'
import { sql } from 'kysely'
import pino from 'pino'
import { type Clock, newId, systemClock } from '#base'
import { createCookies, createCsrf, createServer } from '#http'
import { createOutbound } from '#outbound'
import { capturedLog, type TestDatabase } from '#testing'
import { clientEndpoint } from '../endpoints/client.ts'
import { clientIdEndpoint } from '../endpoints/client-id.ts'
import { oauthEndpoint } from '../endpoints/oauth-endpoint.ts'
import { type ClientsDeps, createClients } from './clients.ts'
import type { ClientActor, ClientChange } from './record-change.ts'

export const ISSUER = 'http://localhost:3000'
export const CALLBACK = 'https://app.example/cb'

export type Answer = {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: Record<string, unknown>
  text: string
}

/**
 * The two endpoints, and `POST /whoami` that authenticates a client, over real HTTP and PostgreSQL. Who signs in is
 * another room's: here `Bearer login-<owner id>` is a login token, and the header `session` a browser's session.
 */
export async function createRig(test: TestDatabase, options: Partial<ClientsDeps> & { allow?: string[] } = {}) {
  const cookies = createCookies(ISSUER)
  const csrf = createCsrf({ key: Buffer.alloc(32, 7), cookies, publicUrl: ISSUER })
  const { log, text: logged } = capturedLog()
  const outbound = createOutbound({ allow: options.allow ?? [], userAgent: 'test' })
  const clock: Clock = options.clock ?? systemClock
  const changes: (ClientChange & ClientActor)[] = []
  const { clients, endpointDeps } = createClients({
    ...{ outbound, csrf, clock, log, issuer: ISSUER, policy: 'off' as const },
    reservedNames: ['Trivet', 'tinyoauth', 'Google', 'Discord', 'put.io'],
    hasMcpRoute: () => false,
    appSchemes: ['cursor'],
    isKnownResource: () => false,
    clientDocuments: true,
    recordChange: async (who) => (change) => async () => void changes.push({ ...change, ...who }),
    bearerUser: async ({ headers }) => {
      const ownerId = /^Bearer login-(.*)$/.exec(headers.authorization ?? '')?.[1]
      return ownerId === undefined ? undefined : { ownerId }
    },
    database: await test.open(),
    ...options,
  })
  const lines: string[] = []
  const server = await createServer({
    config: { publicUrl: ISSUER, trustedProxies: ['loopback'] },
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    renderError: (_request, _reply, shown) => shown.code,
  })
  server.addHook('onRequest', async (incoming) => {
    const { session } = incoming.headers
    if (typeof session === 'string') incoming.caller = { ownerId: session, kind: 'user', sessionId: session }
  })
  server.get('/csrf', async (incoming, reply) => ({ token: csrf.token(incoming, reply) }))
  clientEndpoint(server, endpointDeps)
  clientIdEndpoint(server, endpointDeps)
  oauthEndpoint(server, {
    path: '/whoami',
    methods: ['POST'],
    cors: false,
    handle: async (incoming) => ({ id: (await clients.authenticateClient(incoming)).client.id }),
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo

  function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({
        ...{ host: '127.0.0.1', port, method, path, agent: false },
        headers: { host: 'localhost:3000', ...headers },
      })
      sent.on('error', reject)
      sent.on('response', async (answer) => {
        const text = (await answer.setEncoding('utf8').toArray()).join('')
        const isJson = answer.headers['content-type']?.includes('json')
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, body: isJson ? JSON.parse(text) : {} })
      })
      sent.end(body)
    })
  }

  /** A JSON body, or the text as it is. */
  function json(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return send(method, path, { 'content-type': 'application/json', ...headers }, text)
  }

  return {
    clients,
    changes,
    send,
    json,
    logged: () => logged() + lines.join('\n'),
    /** A user who is signed in. */
    async user(): Promise<{ id: string; headers: { authorization: string } }> {
      const id = newId()
      await sql`insert into trivet.user_account (id, kind, public_id, username, username_folded)
        values (${id}, 'user', ${`u_${id}`}, ${id}, ${id})`.execute(test.database.tables<unknown>())
      return { id, headers: { authorization: `Bearer login-${id}` } }
    },
    /** A client by `POST /client`, from a network of its own. */
    async register(owner: { headers: Record<string, string> }, metadata: object = { redirect_uris: [CALLBACK] }) {
      const answer = await json('POST', '/client', metadata, { ...owner.headers, 'x-forwarded-for': anyNetwork() })
      if (answer.status !== 201) throw new Error(answer.text)
      const { client_id, client_secret, registration_access_token } = answer.body
      return {
        answer,
        id: String(client_id),
        secret: typeof client_secret === 'string' ? client_secret : '',
        headers: { authorization: `Bearer ${registration_access_token}` },
      }
    },
    whoami: (form: Record<string, string>, headers: Record<string, string> = {}) =>
      send('POST', '/whoami', { ...FORM, ...headers }, new URLSearchParams(form).toString()),
    async close() {
      await server.close()
      clients.close()
      await outbound.close()
    },
  }
}

export type Rig = Awaited<ReturnType<typeof createRig>>

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

let networks = 0
/** Limits count per network: tests that are not about them come from one each. */
export function anyNetwork(): string {
  networks += 1
  return `203.${Math.floor(networks / 65_536)}.${Math.floor(networks / 256) % 256}.${networks % 256}`
}

export function basic(id: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
}

export type KeyPair = { jwk: Record<string, unknown>; key: KeyObject; alg: string }

export function keyPair(alg: 'ES256' | 'RS256' | 'PS256' | 'EdDSA', kid?: string): KeyPair {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), ...(kid === undefined ? {} : { kid }) }
  return { jwk, key: pair.privateKey, alg }
}

/** A client assertion (RFC 7523 §3) that is right, but for what is said. */
export function assertion(
  clientId: string,
  pair: Pick<KeyPair, 'key' | 'alg'>,
  said: { claims?: JWTPayload; header?: Record<string, unknown>; now?: number } = {},
): Promise<string> {
  const now = said.now ?? Math.floor(Date.now() / 1000)
  const claims = { iss: clientId, sub: clientId, aud: ISSUER, jti: randomUUID(), iat: now, exp: now + 60 }
  return new SignJWT({ ...claims, ...said.claims }).setProtectedHeader({ alg: pair.alg, ...said.header }).sign(pair.key)
}

export function assertionForm(token: string): Record<string, string> {
  return { client_assertion: token, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
}
