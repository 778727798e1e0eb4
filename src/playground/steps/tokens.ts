import { formRequest } from '../wire/planned-request.ts'
import { authentication } from './client-authentication.ts'
import type { Step } from './step.ts'

const NO_CLIENT = { first: 'Register a client first.' }
const NO_TOKENS = { first: 'Exchange a code for tokens first.' }

/** `POST /token` with the code (RFC 6749 §4.1.3, RFC 7636 §4.5). */
export const exchangeCode: Step = (_fields, { facts: { client, code, asked }, callback }) => {
  if (!client) return NO_CLIENT
  if (code === undefined || !asked) return { first: 'Get a code first.' }
  const { headers, fields } = authentication(client)
  const redeemed = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: asked.verifier }
  return formRequest('/token', { ...redeemed, ...fields }, headers)
}

/** `GET /jwks` (RFC 7517 §5): what the signatures of the tokens are checked with. */
export const fetchKeys: Step = (_fields, { facts: { tokens } }) =>
  tokens ? { method: 'GET', path: '/jwks', headers: { accept: 'application/json' } } : NO_TOKENS

/** `GET /userinfo` (OpenID Connect Core §5.3.1). */
export const askUserinfo: Step = (_fields, { facts: { tokens } }) =>
  tokens
    ? {
        method: 'GET',
        path: '/userinfo',
        headers: { accept: 'application/json', authorization: `Bearer ${tokens.access}` },
      }
    : NO_TOKENS

/** `POST /token` with the refresh token (RFC 6749 §6). */
export const refresh: Step = (_fields, { facts: { client, tokens } }) => {
  if (!client) return NO_CLIENT
  if (tokens?.refresh === undefined) return { first: 'There is no refresh token: ask for the scope offline_access.' }
  const { headers, fields } = authentication(client)
  return formRequest('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh, ...fields }, headers)
}

/** `POST /introspect` (RFC 7662 §2.1). */
export const introspect: Step = (_fields, { facts: { client, tokens } }) => {
  if (!client) return NO_CLIENT
  if (!tokens) return NO_TOKENS
  const { headers, fields } = authentication(client)
  return formRequest('/introspect', { token: tokens.access, ...fields }, headers)
}

/** `POST /revoke` (RFC 7009 §2.1): with the refresh token the whole grant ends. */
export const revoke: Step = (_fields, { facts: { client, tokens } }) => {
  if (!client) return NO_CLIENT
  if (!tokens) return NO_TOKENS
  const { headers, fields } = authentication(client)
  return formRequest('/revoke', { token: tokens.refresh ?? tokens.access, ...fields }, headers)
}
