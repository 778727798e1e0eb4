import { hostAndPort, type Secret } from '#base'
import type { OutboundRequest } from '#outbound'
import type { ProviderCalls } from '../calls/calls.ts'
import type { Provider } from '../provider/provider.ts'

const MOST_BYTES = 65_536
/** Somebody waits for the page. */
const TIMEOUT_SECONDS = 10

/**
 * Gives a token back (RFC 7009). True when the provider has taken it, or says that it is of no use any more (§2.2: an
 * invalid token is no error; Google answers 400 `invalid_token`).
 *
 * @throws OutboundFailure
 */
export async function revokeToken(calls: ProviderCalls, provider: Provider, token: Secret): Promise<boolean> {
  const { clientId, clientSecret, revokeUrl } = provider.config
  const authenticated = provider.definition.revoke?.authenticated ?? true
  const credentials = authenticated ? { client_id: clientId, client_secret: clientSecret.reveal() } : {}
  const request: OutboundRequest = {
    method: 'POST',
    url: revokeUrl,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: new URLSearchParams({ token: token.reveal(), ...credentials }).toString(),
    hosts: [hostAndPort(revokeUrl)],
    timeoutSeconds: TIMEOUT_SECONDS,
    maxBytes: MOST_BYTES,
    purpose: 'revoke a token',
  }
  const response = await calls.send(provider, request, { waits: 'person' })
  if (response.status === 200) {
    await response.discard()
    return true
  }
  if (response.status !== 400) {
    await response.discard()
    return false
  }
  const body = await response.json()
  return typeof body === 'object' && body !== null && 'error' in body && body.error === 'invalid_token'
}
