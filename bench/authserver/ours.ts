import { randomBytes } from 'node:crypto'
import { createClient } from '../../e2e/harness/client.ts'
import type { Started } from '../product.ts'
import type { Client } from './child.ts'
import { SCOPE } from './floor.ts'
import { authorizationQuery, newVerifier, PEOPLE_SCOPE, REDIRECT_URI } from './flow.ts'
import { type Caller, CONCURRENCY } from './load.ts'
import type { Prepared, Work } from './works.ts'

const PASSWORD = 'four words in a row'

/**
 * Through the calls of the API document: somebody with a client, and people who use it. They allow it by a login token,
 * and are signed in by a cookie, as browsers are.
 */
export async function prepareOurs({ url }: Started, caller: Caller): Promise<Prepared & { readonly login: Work }> {
  const names = Array.from({ length: CONCURRENCY }, () => `bench-${randomBytes(6).toString('hex')}`)
  const login = async (username: string) => {
    const { body } = await caller.post('/login', { username, password: PASSWORD }, { json: true })
    if (typeof body['token'] !== 'string') throw new Error('A login failed')
    return { authorization: `Bearer ${body['token']}` }
  }
  const registrant = `bench-${randomBytes(6).toString('hex')}`
  for (const username of [registrant, ...names]) {
    await caller.post('/register', { username, password: PASSWORD }, { json: true, status: [201] })
  }
  const client = await register(caller, await login(registrant))
  const people: { cookie: string }[] = []
  for (const username of names) {
    const query = { ...authorizationQuery(client, newVerifier()), decision: 'allow' }
    await caller.post('/authorize', query, { headers: await login(username), status: [303] })
    people.push({ cookie: await signIn(url, username) })
  }
  return { caller, client, people, introspectable: {}, login: (worker) => login(names[worker] ?? '') }
}

async function register(caller: Caller, headers: Readonly<Record<string, string>>): Promise<Client> {
  const metadata = {
    client_name: 'Bench',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: 'ES256',
    scope: `${PEOPLE_SCOPE} ${SCOPE}`,
  }
  const { body } = await caller.post('/client', metadata, { json: true, status: [201], headers })
  return { id: String(body['client_id']), secret: String(body['client_secret']) }
}

/** @returns the cookie of a session */
async function signIn(url: string, username: string): Promise<string> {
  const browser = createClient(url)
  const { action, fields } = await browser.form('/login', '/login')
  const { status } = await browser.postForm(action, { ...fields, username, password: PASSWORD })
  const name = `trivet-${new URL(url).port}`
  const value = browser.cookie(name)
  if (status !== 303 || value === undefined) throw new Error('Nobody was signed in')
  return `${name}=${value}`
}
