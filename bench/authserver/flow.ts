import { createHash, randomBytes } from 'node:crypto'
import type { Client } from './child.ts'
import { SCOPE } from './floor.ts'
import type { Caller } from './load.ts'

export const REDIRECT_URI = 'https://app.example/cb'
/** What an app that signs people in asks for, so that it gets all three kinds of tokens. */
export const PEOPLE_SCOPE = 'openid offline_access'

type Answer = Readonly<Record<string, unknown>>

/** An authorization request, without the verifier that its code is redeemed with. */
export function authorizationQuery(client: Client, verifier: string): Readonly<Record<string, string>> {
  return {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: REDIRECT_URI,
    state: 'st',
    nonce: 'nonce',
    scope: `${PEOPLE_SCOPE} ${SCOPE}`,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
}

export const newVerifier = () => randomBytes(32).toString('base64url')

/** Authorization request and token request of somebody who is signed in and has allowed it before. */
export async function runFlow(
  caller: Caller,
  client: Client,
  person: Readonly<Record<string, string>>,
): Promise<Answer> {
  const verifier = newVerifier()
  const query = new URLSearchParams(authorizationQuery(client, verifier))
  const { location } = await caller.get(`/authorize?${query}`, { headers: person, status: [302, 303] })
  const code = new URL(location).searchParams.get('code')
  if (code === null) throw new Error(`No code came: ${location}`)
  const { body } = await caller.post('/token', {
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
    ...{ code, code_verifier: verifier, client_id: client.id, client_secret: client.secret },
  })
  return body
}
