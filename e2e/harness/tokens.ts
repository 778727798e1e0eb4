import { expect } from 'vitest'
import type { Client } from './client.ts'

/** A client that somebody registered for tests of tokens, with what is shown once. */
export type TestApp = {
  readonly client_id: string
  readonly client_secret: string
  readonly registration_access_token: string
  readonly redirect_uri: string
  readonly scope: string
}

export type Tokens = { readonly access_token: string; readonly id_token: string; readonly refresh_token: string }

export const CALLBACK = 'https://app.example/callback'

/** Registers a confidential client by the login token of its owner. */
export async function registerApp(client: Client, login: string, more: Record<string, unknown> = {}): Promise<TestApp> {
  const metadata = {
    client_name: 'An app',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    scope: 'openid profile offline_access',
    token_endpoint_auth_method: 'client_secret_post',
    require_pkce: false,
    ...more,
  }
  const { status, text } = await client.postJson('/client', metadata, { authorization: `Bearer ${login}` })
  expect(status, text).toBe(201)
  return { ...JSON.parse(text), redirect_uri: CALLBACK }
}

/** The authorization request of an app that nothing is wrong with. */
export function authorizeQuery({ client_id, redirect_uri, scope }: TestApp): Record<string, string> {
  return { response_type: 'code', client_id, redirect_uri, scope, state: 'st' }
}

/** A code, without a page, by the login token of whoever registered the app. `more`: parameters of the request. */
export async function codeFor(
  client: Client,
  login: string,
  app: TestApp,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = `/authorize?${new URLSearchParams({ ...authorizeQuery(app), ...more })}`
  const headers = { authorization: `Bearer ${login}`, accept: 'application/json' }
  const { location, text } = await client.send(path, { headers })
  const code = new URL(location || 'about:blank').searchParams.get('code')
  if (code === null) throw new Error(`no code: ${location} ${text}`)
  return code
}

/** Through a code to tokens. */
export async function tokensFor(
  client: Client,
  login: string,
  app: TestApp,
  more: Readonly<Record<string, string>> = {},
): Promise<Tokens> {
  const code = await codeFor(client, login, app, more)
  const { client_id, client_secret, redirect_uri } = app
  const fields = { grant_type: 'authorization_code', code, redirect_uri, client_id, client_secret }
  const { status, text } = await client.postForm('/token', fields)
  expect(status, text).toBe(200)
  return JSON.parse(text)
}

/** The `Cookie` header of whoever is signed in there, and the token for their forms. */
export async function sessionOf(
  client: Client,
  url: string,
): Promise<{ cookie: string; csrf: string; secret: string }> {
  const base = `trivet-${new URL(url).port}`
  const { fields } = await client.form('/logout', '/logout')
  const cookies = [base, `${base}-visit`].flatMap((name) => {
    const value = client.cookie(name)
    return value ? [`${name}=${value}`] : []
  })
  return { cookie: cookies.join('; '), csrf: fields['csrf'] ?? '', secret: client.cookie(base) ?? '' }
}
