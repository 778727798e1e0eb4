import { hostAndPort, type Secret } from '#base'
import type { OutboundRequest } from '#outbound'
import type { Provider } from '../provider/provider.ts'

/** Below the 50 s that others wait for a renewal, and the 60 s that an attempt counts as under way. */
const TIMEOUT_SECONDS = 30
const MOST_BYTES = 65_536

/** RFC 6749 §4.1.3, with the PKCE verifier (RFC 7636 §4.5). */
export function exchangeForm(
  provider: Provider,
  exchange: { readonly code: Secret; readonly redirectUri: string; readonly verifier: Secret },
): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'authorization_code',
    code: exchange.code.reveal(),
    redirect_uri: exchange.redirectUri,
    ...(provider.definition.pkce === 'S256' ? { code_verifier: exchange.verifier.reveal() } : {}),
  })
}

/** RFC 6749 §6. */
export function refreshForm(refreshToken: Secret): URLSearchParams {
  return new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken.reveal() })
}

/** Makes the request to the token endpoint, the client's own credentials included (RFC 6749 §2.3.1). */
export function tokenRequest(provider: Provider, form: URLSearchParams, purpose: string): OutboundRequest {
  const { clientId, clientSecret, tokenUrl } = provider.config
  const isBasic = provider.definition.clientAuth === 'basic'
  const credentials = isBasic ? {} : { client_id: clientId, client_secret: clientSecret.reveal() }
  return {
    method: 'POST',
    url: tokenUrl,
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      ...(isBasic ? { authorization: `Basic ${basic(clientId, clientSecret)}` } : {}),
    },
    body: new URLSearchParams([...form, ...Object.entries(credentials)]).toString(),
    hosts: [hostAndPort(tokenUrl)],
    timeoutSeconds: TIMEOUT_SECONDS,
    maxBytes: MOST_BYTES,
    purpose,
  }
}

/** Both parts are form-encoded before the base64 (RFC 6749 §2.3.1). */
function basic(id: string, secret: Secret): string {
  const encode = (text: string) => new URLSearchParams({ v: text }).toString().slice(2)
  return Buffer.from(`${encode(id)}:${encode(secret.reveal())}`).toString('base64')
}
