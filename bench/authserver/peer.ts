import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import Provider from 'oidc-provider'
import { openDatabase, startEmbeddedPostgres } from '../../src/database/index.ts'
import { silent } from '../report.ts'
import type { Child } from './child.ts'
import { SCOPE } from './floor.ts'
import { PEOPLE_SCOPE, REDIRECT_URI } from './flow.ts'
import { createPeerMemory } from './peer-memory.ts'
import { openPeerStore } from './peer-store.ts'

/** As many connections as the product has. */
const CONNECTIONS = 8

type Store = {
  readonly adapter: ReturnType<typeof createPeerMemory> | Awaited<ReturnType<typeof openPeerStore>>
  /** Of somebody who signed in: looked up where the accounts are. */
  readonly account: (id: string) => Promise<boolean>
}

/**
 * `oidc-provider`, told to do what the product does: JWTs in ES256 for the one resource that it knows, refresh tokens
 * that rotate, and a look at the account before it issues something. Its own pages sign in at once whom `login_hint`
 * names, and allow everything: only the first visit of each sees them.
 */
export async function serveOidcProvider(child: Child): Promise<void> {
  const { port, directory } = child
  const issuer = `http://localhost:${port}`
  const store = directory === undefined ? inMemory() : await onPostgres(directory)
  const provider = new Provider(issuer, configure(child, issuer, store))
  const answer = provider.callback()
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/')) void interact(provider, issuer, request, response)
    else answer(request, response)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

function configure({ client }: Child, issuer: string, { adapter, account }: Store) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    adapter,
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        redirect_uris: [REDIRECT_URI],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    scopes: ['openid', 'offline_access', SCOPE],
    routes: { authorization: '/authorize', token: '/token', introspection: '/introspect' },
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: async (_context: unknown, id: string) =>
      (await account(id)) ? { accountId: id, claims: () => ({ sub: id }) } : undefined,
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    ttl: { AccessToken: 600, ClientCredentials: 600, IdToken: 600, AuthorizationCode: 60, Interaction: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => issuer,
        useGrantedResource: () => true,
        // It knows nothing of its own JWTs: what it is to introspect it has to keep.
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          scope: SCOPE,
          audience: issuer,
          accessTokenTTL: 600,
          ...(resource === issuer
            ? { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
            : { accessTokenFormat: 'opaque' }),
        }),
      },
    },
  }
}

function inMemory(): Store {
  return { adapter: createPeerMemory(), account: async () => true }
}

async function onPostgres(directory: string): Promise<Store> {
  const postgres = await startEmbeddedPostgres({ directory, log: silent })
  const database = await openDatabase({ url: postgres.url, poolSize: CONNECTIONS, log: silent })
  process.once('SIGTERM', () => void database.close().then(() => postgres.stop().then(() => process.exit(0))))
  await database.prepared({ name: '', text: 'create table account (id text primary key)' }, [])
  const find = { name: 'find_account', text: 'select id from account where id = $1' }
  const add = { name: 'add_account', text: 'insert into account values ($1) on conflict do nothing returning id' }
  return {
    adapter: await openPeerStore(database),
    account: async (id) => {
      const [known] = await database.prepared(find, [id])
      return (known ?? (await database.prepared(add, [id]))[0]) !== undefined
    },
  }
}

async function interact(provider: Provider, issuer: string, request: IncomingMessage, response: ServerResponse) {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  const finish = (result: object) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
  if (prompt.name === 'login' || !session) return finish({ login: { accountId: String(params['login_hint']) } })
  const grant = new provider.Grant({ accountId: session.accountId, clientId: String(params['client_id']) })
  grant.addOIDCScope(`${PEOPLE_SCOPE} ${SCOPE}`)
  grant.addResourceScope(issuer, SCOPE)
  return finish({ consent: { grantId: await grant.save() } })
}
