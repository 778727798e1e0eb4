import { hashSecret } from '#crypto'
import type { Provider } from '../provider/provider.ts'

const SKEW_SECONDS = 300

/**
 * Checks that an ID token came where `openid` was asked for (OpenID Connect Core §3.1.3.3), and the claims of the one
 * that did. Its signature is not: the connection to the token endpoint has proved where it came from (§3.1.3.7,
 * paragraph 6).
 *
 * @returns what is wrong with it, for the log; nothing when all is well.
 */
export function checkIdToken(
  token: string | undefined,
  expected: {
    readonly provider: Provider
    /** What was asked for, canonical. */
    readonly scopes: readonly string[]
    readonly nonceHash: Buffer
    readonly accountId: string
    readonly now: Date
  },
): string | undefined {
  const { provider, now } = expected
  // Unasked for it proves nothing: no nonce was sent.
  if (!expected.scopes.includes('openid')) return undefined
  if (token === undefined) return 'no ID token came'
  const claims = readClaims(token)
  if (!claims) return 'the ID token could not be read'
  const { clientId } = provider.config
  const { iss, aud, azp, exp, nonce, sub } = claims
  const audience = Array.isArray(aud) ? aud : [aud]
  if (typeof iss !== 'string' || !issuers(provider).includes(iss)) return 'iss of the ID token is not the issuer'
  if (!audience.includes(clientId)) return 'aud of the ID token is not our client'
  if (audience.length > 1 && azp !== clientId) return 'azp of the ID token is not our client'
  if (typeof exp !== 'number' || exp + SKEW_SECONDS <= now.getTime() / 1000) return 'the ID token has expired'
  if (typeof nonce !== 'string' || !hashSecret(nonce).equals(expected.nonceHash))
    return 'nonce of the ID token is not ours'
  // §5.3.2: userinfo of another subject must not be used.
  if (sub !== expected.accountId) return 'sub of the ID token is not that of userinfo'
  return undefined
}

function issuers({ config, definition }: Provider): string[] {
  return definition.issuerWithoutScheme ? [config.issuer, config.issuer.replace(/^https:\/\//, '')] : [config.issuer]
}

function readClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const payload = token.split('.')[1]
  if (payload === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}
