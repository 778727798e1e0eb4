import { createHash, randomBytes } from 'node:crypto'
import type { Client } from './child.ts'
import { SCOPE } from './floor.ts'
import { type Caller, CONCURRENCY } from './load.ts'

const REDIRECT_URI = 'https://app.example/cb'
const PASSWORD = 'four words in a row'

/** One piece of each kind of work; `worker` has tokens and an account of its own. */
export type Works = Readonly<Record<'refresh' | 'flow' | 'introspect' | 'login', Work>> & {
  readonly credentials: ReturnType<typeof askForCredentials>
}
export type Work = (worker: number) => Promise<unknown>

/** Through the calls of the API document: people, a login token each, and a client that the first of them owns. */
export async function prepare(caller: Caller): Promise<Works> {
  const names = Array.from({ length: CONCURRENCY }, () => `bench-${randomBytes(6).toString('hex')}`)
  for (const username of names) {
    await caller.post('/register', { username, password: PASSWORD }, { json: true, status: 201 })
  }
  const login: Work = async (worker) => {
    const { body } = await caller.post('/login', { username: names[worker], password: PASSWORD }, { json: true })
    if (typeof body['token'] !== 'string') throw new Error('a login failed')
    return body['token']
  }
  const bearer = String(await login(0))
  const client = await register(caller, bearer)
  const flow = () => runFlow(caller, client, bearer)
  const tokens = await Promise.all(names.map(async () => String((await flow())['refresh_token'])))
  const own = { client_id: client.id, client_secret: client.secret }
  const credentials = askForCredentials(caller, client)
  const { body } = await credentials()
  return {
    login,
    flow,
    credentials,
    async refresh(worker) {
      const form = { grant_type: 'refresh_token', refresh_token: tokens[worker] ?? '', ...own }
      const { body: answer } = await caller.post('/token', form)
      tokens[worker] = String(answer['refresh_token'])
    },
    async introspect() {
      const { body: answer } = await caller.post('/introspect', { token: String(body['access_token']), ...own })
      if (answer['active'] !== true) throw new Error('a live token is not')
    },
  }
}

/** The same request to whichever server. */
export function askForCredentials(caller: Caller, client: Client) {
  const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret, scope: SCOPE }
  return () => caller.post('/token', form)
}

async function register(caller: Caller, bearer: string): Promise<Client> {
  const metadata = {
    client_name: 'Bench',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
    scope: `profile ${SCOPE}`,
  }
  const { body } = await caller.post('/client', metadata, { json: true, status: 201, bearer })
  return { id: String(body['client_id']), secret: String(body['client_secret']) }
}

/** Authorization and token request; the owner of the client is asked nothing. */
async function runFlow(caller: Caller, client: Client, bearer: string): Promise<Readonly<Record<string, unknown>>> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: REDIRECT_URI,
    state: 'st',
    scope: 'profile',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const { location } = await caller.get(`/authorize?${query}`, { bearer, status: 302 })
  const { body } = await caller.post('/token', {
    grant_type: 'authorization_code',
    code: new URL(location).searchParams.get('code') ?? '',
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
    client_id: client.id,
    client_secret: client.secret,
  })
  return body
}
