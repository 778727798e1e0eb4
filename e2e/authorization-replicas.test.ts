import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Client, createClient } from './harness/client.ts'
import { allowWithForm, registerPerson, signInWithForm } from './harness/person.ts'
import type { Product } from './harness/product.ts'
import { createReplicas, type Replicas } from './harness/replicas.ts'

const CALLBACK = 'http://127.0.0.1:9/callback'

let replicas: Replicas
beforeAll(async () => {
  replicas = await createReplicas()
})
afterAll(() => replicas.close())

type Answer = { readonly status: number; readonly body: Record<string, unknown> }

/** An app with a secret, which calls the address in front of the processes. */
type App = {
  /** Where it sends a browser, and the verifier that it keeps. */
  begin(): { readonly address: string; readonly verifier: string }
  post(path: string, fields: Record<string, string>): Promise<Answer>
  exchange(back: URL, verifier: string): Promise<Answer>
}

async function registerApp(client: Client, loginToken: string): Promise<App> {
  const wanted = {
    client_name: 'An app',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post',
    scope: 'profile',
  }
  const made = await client.postJson('/client', wanted, { authorization: `Bearer ${loginToken}` })
  expect(made.status, made.text).toBe(201)
  const { client_id, client_secret } = JSON.parse(made.text)
  // Without cookies: an app has none.
  const server = createClient(replicas.url)
  const post: App['post'] = async (path, fields) => {
    const { status, text } = await server.postForm(path, { ...fields, client_id, client_secret })
    return { status, body: text === '' ? {} : JSON.parse(text) }
  }
  return {
    post,
    begin() {
      const verifier = randomBytes(32).toString('base64url')
      const query = new URLSearchParams({
        ...{ response_type: 'code', client_id, redirect_uri: CALLBACK, scope: 'profile', state: 'a state' },
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      })
      return { address: `/authorize?${query}`, verifier }
    },
    exchange: (back, verifier) =>
      post('/token', {
        grant_type: 'authorization_code',
        code: back.searchParams.get('code') ?? '',
        code_verifier: verifier,
        redirect_uri: CALLBACK,
      }),
  }
}

describe('two processes on one database', () => {
  let first: Product
  let second: Product
  beforeEach(async () => {
    ;[first, second] = await Promise.all([replicas.start(), replicas.start()])
    replicas.route(first, second)
    return async () => void (await Promise.all([first.kill(), second.kill()]))
  })

  test('signed in at one, authorized at the other, token at the first; revoked at one, dead at the other within 2 s', async () => {
    const person = createClient(replicas.url)
    replicas.route(first)
    const app = await registerApp(person, await registerPerson(person, 'ana'))
    await signInWithForm(person, 'ana')
    const { address, verifier } = app.begin()
    replicas.route(second)
    const back = await allowWithForm(person, address)
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ state: 'a state', iss: replicas.url })
    replicas.route(first)
    const { status, body } = await app.exchange(back, verifier)
    expect(status, JSON.stringify(body)).toBe(200)
    const tokens = { access: String(body['access_token']), refresh: String(body['refresh_token']) }

    replicas.route(second)
    expect(await app.post('/introspect', { token: tokens.access })).toMatchObject({ body: { active: true } })
    replicas.route(first)
    expect(await app.post('/revoke', { token: tokens.refresh })).toMatchObject({ status: 200 })
    const revoked = performance.now()
    replicas.route(second)
    expect(await app.post('/introspect', { token: tokens.refresh })).toMatchObject({ body: { active: false } })
    await expect
      .poll(async () => (await app.post('/introspect', { token: tokens.access })).body, { timeout: 2000, interval: 10 })
      .toEqual({ active: false })
    console.log(`revoked at one, known at the other after ${Math.round(performance.now() - revoked)} ms`)
  })

  test('killed between consent and token: the code works at the other, once', async () => {
    const person = createClient(replicas.url)
    replicas.route(first)
    const app = await registerApp(person, await registerPerson(person, 'bea'))
    await signInWithForm(person, 'bea')
    const { address, verifier } = app.begin()
    const back = await allowWithForm(person, address)
    await first.kill()
    replicas.route(second)
    const given = await app.exchange(back, verifier)
    expect(given).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
    // RFC 6749 §4.1.2: a code that comes twice ends what was issued for it.
    expect(await app.exchange(back, verifier)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    await expect
      .poll(async () => (await app.post('/introspect', { token: String(given.body['access_token']) })).body, {
        timeout: 2000,
      })
      .toEqual({ active: false })
  })

  test('killed while the consent page is open: the answer to it is taken by the other', async () => {
    const person = createClient(replicas.url)
    replicas.route(first)
    const app = await registerApp(person, await registerPerson(person, 'cora'))
    await signInWithForm(person, 'cora')
    const { address, verifier } = app.begin()
    const asked = await person.get(address)
    const { action, fields } = await person.form(asked.location, '/consent')
    await first.kill()
    replicas.route(second)
    const { location } = await person.postForm(action, { ...fields, decision: 'allow' })
    expect(await app.exchange(new URL(location), verifier)).toMatchObject({ status: 200 })
  })
})
