import type { GatewayClient } from '#authorization'
import { type Clock, Secret } from '#base'
import { codeChallenge, type Envelope, hashSecret, randomToken } from '#crypto'
import { CALLBACK, originOfHost, type SignInWish } from './addresses.ts'

/** Why a sign-in came to nothing. */
export type SignInFailure = 'stale' | 'other_browser' | 'refused' | 'too_weak'

export type SignIns = {
  /** @returns the request to the authorization server. @param visit the cookie of the browser */
  begin(wish: SignInWish, at: { readonly host: string; readonly visit: string }): Promise<string>
  end(
    answer: URLSearchParams,
    at: { readonly host: string; readonly visit: string | undefined },
  ): Promise<{ readonly grantId: string; readonly returnPath: string } | { readonly failure: SignInFailure }>
}

/** For somebody to find their password, and for a second factor. */
const SECONDS = 15 * 60

/** What is known of a sign-in until its answer comes; it travels as `state`, sealed, so that any process goes on with it. */
type Begun = {
  readonly visitHash: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly returnPath: string
  /** Seconds since 1970. */
  readonly until: number
}

/**
 * OpenID Connect with the authorization server of this very process: state bound to the browser, nonce, PKCE, `iss`
 * (security §1 C1–C3). Several tabs may do it at once; a code works once, and with it the `state` that came with it.
 */
export function createSignIns(deps: {
  readonly client: Pick<GatewayClient, 'id' | 'ensure' | 'redeem'>
  readonly envelope: Envelope
  readonly publicUrl: string
  readonly clock: Clock
}): SignIns {
  const { client, envelope, publicUrl } = deps
  const seconds = () => Math.floor(deps.clock.now().getTime() / 1000)
  const callback = (host: string) => `${originOfHost(publicUrl, host)}${CALLBACK}`

  function open(state: string | null, host: string): Begun | undefined {
    if (state === null) return undefined
    try {
      // Sealed by us, with all members: whoever has not the key makes nothing that opens.
      const begun: Begun = JSON.parse(envelope.open(state, place(host)).reveal())
      return begun.until > seconds() ? begun : undefined
    } catch {
      return undefined
    }
  }

  return {
    async begin({ returnPath, maxAge, acrValues }, { host, visit }) {
      await client.ensure()
      const [nonce, codeVerifier] = [randomToken(), randomToken()]
      const visitHash = hashSecret(visit).toString('base64url')
      const begun: Begun = { visitHash, nonce, codeVerifier, returnPath, until: seconds() + SECONDS }
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: client.id,
        redirect_uri: callback(host),
        scope: 'openid profile',
        state: envelope.seal(new Secret(JSON.stringify(begun)), place(host)),
        nonce,
        code_challenge: codeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
        ...(acrValues === undefined ? {} : { claims: essentialAcr(acrValues) }),
      })
      return `${publicUrl}/authorize?${query}`
    },

    async end(answer, { host, visit }) {
      // RFC 9207 §2.4: an answer of another server is none to our question.
      if (answer.get('iss') !== publicUrl) return { failure: 'stale' }
      const begun = open(answer.get('state'), host)
      if (!begun) return { failure: 'stale' }
      if (visit === undefined || hashSecret(visit).toString('base64url') !== begun.visitHash) {
        return { failure: 'other_browser' }
      }
      const error = answer.get('error')
      if (error !== null) {
        return { failure: error === 'unmet_authentication_requirements' ? 'too_weak' : 'refused' }
      }
      const { codeVerifier, returnPath } = begun
      const grant = await client.redeem({
        ...{ code: answer.get('code') ?? '', codeVerifier },
        redirectUri: callback(host),
      })
      if (grant?.nonce !== begun.nonce) return { failure: 'stale' }
      return { grantId: grant.id, returnPath }
    },
  }
}

/** OpenID Connect Core §5.5.1.1: one of these, or an error; `acr_values` would only be a wish. */
function essentialAcr(values: readonly string[]): string {
  return JSON.stringify({ id_token: { acr: { essential: true, values } } })
}

function place(host: string) {
  return { table: 'gateway', column: 'state', row: host, owner: 'browser' }
}
