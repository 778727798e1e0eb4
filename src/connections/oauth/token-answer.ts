import { Secret } from '#base'
import { OutboundFailure, type OutboundResponse, unexpectedStatus } from '#outbound'
import type { Provider } from '../provider/provider.ts'
import { parseScopes } from '../provider/scopes.ts'
import { OAuthRefusal, parseOAuthError } from './oauth-refusal.ts'

export type TokenAnswer = {
  readonly accessToken: Secret
  readonly refreshToken: Secret | undefined
  /** Seconds; null when the answer does not say. */
  readonly expiresIn: number | null
  /** Canonical; undefined when the answer does not say, which means as asked (RFC 6749 §5.1). */
  readonly scopes: readonly string[] | undefined
  readonly idToken: string | undefined
}

const MOST_TOKEN_LENGTH = 16_384
/** A token that is used for years unrenewed is a mistake in the answer. */
const MOST_SECONDS = 10 * 365 * 86_400

/**
 * Reads what a token endpoint answered.
 *
 * @throws OAuthRefusal when it said no; OutboundFailure for any other status, and for a body that is no token answer.
 */
export async function readTokenAnswer(response: OutboundResponse, provider: Provider, now: Date): Promise<TokenAnswer> {
  const { status } = response
  if (status === 429 || status >= 500) throw await unexpectedStatus(response, now)
  const fields = await readFields(response)
  if (status !== 200) {
    if (typeof fields['error'] === 'string') throw new OAuthRefusal(parseOAuthError(fields['error']), status)
    throw unreadable(response, `status ${status} without an OAuth error`)
  }
  const accessToken = readToken(fields['access_token'])
  const type = fields['token_type']
  if (!accessToken) throw unreadable(response, 'no access_token')
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw unreadable(response, 'not a bearer token')
  const { scope, id_token: idToken } = fields
  return {
    accessToken,
    refreshToken: readToken(fields['refresh_token']),
    expiresIn: readSeconds(fields['expires_in']),
    scopes: typeof scope === 'string' ? parseScopes(provider.definition, scope) : undefined,
    idToken: typeof idToken === 'string' ? idToken : undefined,
  }
}

/** A page in place of JSON, from a proxy in between mostly, says nothing; what counts then is the status. */
async function readFields(response: OutboundResponse): Promise<Readonly<Record<string, unknown>>> {
  const body = await response.json().catch((error: unknown) => {
    if (response.status !== 200 && error instanceof OutboundFailure && error.data.code === 'upstream_not_json') return
    throw error
  })
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

/** RFC 6749 appendix A.12: printable ASCII. It becomes a header, so line ends are what must not be in it. */
function readToken(value: unknown): Secret | undefined {
  const good = typeof value === 'string' && value.length <= MOST_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(value)
  return good ? new Secret(value) : undefined
}

/** Some providers write the number as a text. */
function readSeconds(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return null
  return Math.min(number, MOST_SECONDS)
}

function unreadable(response: OutboundResponse, hint: string): OutboundFailure {
  const { host } = new URL(response.url)
  const message = `${host} did not answer as a token endpoint does. It is asked again in a moment.`
  return new OutboundFailure('upstream_not_json', message, { phase: 'answered', hint })
}
