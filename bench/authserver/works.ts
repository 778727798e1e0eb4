import type { Client } from './child.ts'
import { SCOPE } from './floor.ts'
import { runFlow } from './flow.ts'
import type { Caller } from './load.ts'

/** One piece of each kind of work; `worker` has a person and tokens of its own. */
export type Works = Readonly<Record<'credentials' | 'introspect' | 'refresh' | 'flow', Work>>
export type Work = (worker: number) => Promise<unknown>

/** A server where the client is known and people are signed in. */
export type Prepared = {
  readonly caller: Caller
  readonly client: Client
  /** What each of them sends along, in place of a browser. */
  readonly people: readonly Readonly<Record<string, string>>[]
  /** To be added where a token is asked for that is introspected later. */
  readonly introspectable: Readonly<Record<string, string>>
}

/** The same requests to whichever server. @throws Error when it does not do the same work */
export async function createWorks(prepared: Prepared): Promise<Works> {
  const { caller, client, people, introspectable } = prepared
  const own = { client_id: client.id, client_secret: client.secret }
  const credentials = askForCredentials(caller, client)
  const flow = (worker: number) => runFlow(caller, client, people[worker] ?? {})
  requireEs256((await credentials())['access_token'])
  const tokens: string[] = []
  for (const worker of people.keys()) {
    const answer = await flow(worker)
    requireEs256(answer['access_token'])
    requireEs256(answer['id_token'])
    tokens.push(String(answer['refresh_token']))
  }
  const form = { grant_type: 'client_credentials', scope: SCOPE, ...own, ...introspectable }
  const { body: asked } = await caller.post('/token', form)
  return {
    credentials,
    flow,
    async refresh(worker) {
      const old = tokens[worker] ?? ''
      const { body } = await caller.post('/token', { grant_type: 'refresh_token', refresh_token: old, ...own })
      if (typeof body['refresh_token'] !== 'string' || body['refresh_token'] === old) throw new Error('No rotation')
      tokens[worker] = body['refresh_token']
    },
    async introspect() {
      const { body } = await caller.post('/introspect', { token: String(asked['access_token']), ...own })
      if (body['active'] !== true) throw new Error('A live token is not')
    },
  }
}

export function askForCredentials(caller: Caller, client: Client, path = '/token') {
  const own = { client_id: client.id, client_secret: client.secret }
  const form = { grant_type: 'client_credentials', scope: SCOPE, ...own }
  return async () => (await caller.post(path, form)).body
}

export function requireEs256(token: unknown): void {
  const [header = '', , signature = ''] = String(token).split('.')
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString())
  if (alg !== 'ES256' || Buffer.from(signature, 'base64url').length !== 64) throw new Error('This is no JWT in ES256')
}
