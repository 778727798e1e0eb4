import { HIDDEN, jsonRequest } from '../wire/planned-request.ts'
import { type Step, typed } from './step.ts'

/** What the app of this page may ask for. */
export const SCOPES = ['openid', 'profile', 'email', 'offline_access']
export const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const

/** `POST /client` (RFC 7591 §3.1), as whoever signed in: by the login token, else by the session of this browser. */
export const registerClient: Step = (fields, { facts, callback, session }) => {
  const asked = typed(fields, 'token_endpoint_auth_method')
  const metadata = {
    client_name: typed(fields, 'client_name').trim() || 'My first app',
    redirect_uris: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: SCOPES.join(' '),
    token_endpoint_auth_method: AUTH_METHODS.find((method) => method === asked) ?? AUTH_METHODS[0],
  }
  if (facts.loginToken !== undefined) {
    return jsonRequest('/client', metadata, { authorization: `Bearer ${facts.loginToken}` })
  }
  if (session === undefined) return { first: 'Sign in first: clients are registered by somebody.' }
  const [name = ''] = session.cookie.split('=', 1)
  return {
    ...jsonRequest('/client', metadata, { cookie: `${name}=${HIDDEN.cookie}`, 'x-csrf-token': HIDDEN.csrf }),
    hidden: { headers: { cookie: session.cookie, 'x-csrf-token': session.csrf, 'sec-fetch-site': 'same-origin' } },
  }
}

/** `DELETE /client/:id` (RFC 7592 §2.3). */
export const removeClient: Step = (_fields, { facts: { client } }) => {
  if (client?.registrationToken === undefined) return { first: 'There is no client to delete.' }
  return {
    method: 'DELETE',
    path: `/client/${encodeURIComponent(client.id)}`,
    headers: { authorization: `Bearer ${client.registrationToken}` },
  }
}
