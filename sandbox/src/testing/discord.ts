import { CLIENT, callbackOf, post, request, signIn, type Tokens, tokensOf } from './index.ts'

export const CALLBACK = 'http://localhost:3000/connect/discord/callback'
/** What Discord wants to know of everybody who calls (facts 1.6). */
export const AGENT = { 'user-agent': 'DiscordBot (https://trivet.example, 1.0)' }

export function authorizationQuery(more: Record<string, string> = {}): string {
  const usual = {
    client_id: CLIENT.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'identify',
    state: 's1',
  }
  return new URLSearchParams({ ...usual, ...more }).toString()
}

export const ask = (url: string, query: string, cookie = '') =>
  request(`${url}/discord/oauth2/authorize?${query}`, { headers: { cookie } })

/** Presses a button of the consent page; gives the callback's parameters. */
export async function decide(url: string, query: string, cookie: string, action: 'allow' | 'cancel' = 'allow') {
  return callbackOf(await post(`${url}/discord/consent`, { request: query, action }, { cookie }))
}

/** Through both pages: the callback's parameters, and the cookie of a browser that is signed in. */
export async function authorize(url: string, more: Record<string, string> = {}, persona = 'ana') {
  const query = authorizationQuery(more)
  const { cookie } = await signIn(url, query, persona, 'discord')
  return { callback: await decide(url, query, cookie), cookie }
}

const token = (url: string, form: Record<string, string>) =>
  post(`${url}/discord/api/oauth2/token`, { ...CLIENT, ...form }, AGENT)

export const exchange = (url: string, code: string, more: Record<string, string> = {}) =>
  token(url, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...more })

export const refresh = (url: string, refresh_token = '') => token(url, { grant_type: 'refresh_token', refresh_token })

/** Tokens of somebody who has just allowed everything. */
export async function connect(url: string, more: Record<string, string> = {}, persona = 'ana'): Promise<Tokens> {
  const { callback } = await authorize(url, more, persona)
  return tokensOf(await exchange(url, callback.get('code') ?? ''))
}

/** Asks the API as the owner of a token. */
export const call = (url: string, tokens: { access_token: string }, path = 'users/@me') =>
  request(`${url}/discord/api/v10/${path}`, {
    headers: { ...AGENT, authorization: `Bearer ${tokens.access_token}` },
  })
