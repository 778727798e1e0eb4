import type { Clock, Log } from '#base'
import { createRemoteKeys, type KeyFetcher, type PublicKeys, readUnverified, verifyForeignJwt } from '#crypto'
import type { TrustedIssuer } from '../routes/route.ts'
import type { Admitted, Who } from './who.ts'

/** Access tokens of other servers, on routes that trust them. */
export type ForeignTokens = {
  /** The trusted server that a token says it is of. */
  issuerOf(token: string, issuers: readonly TrustedIssuer[]): TrustedIssuer | undefined
  /** Undefined for whatever is wrong with it. */
  verify(token: string, issuer: TrustedIssuer): Promise<Admitted | undefined>
}

/** What access tokens say they are where the file names no `typ`: RFC 9068 §2.1, and servers from before it. */
const USUAL_TYPES = ['at+jwt', 'jwt']
/** Clocks of other servers may differ from ours by so many seconds. */
const SKEW_SECONDS = 60
const MOST_SUBJECT = 255
/** RFC 6749 §3.3, appendix A.1: what may stand in a header as it is. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const VSCHARS = /^[\x20-\x7e]{1,255}$/

/**
 * Verified by keys that their server publishes, which are kept under its own address: a `kid` of one server never finds
 * a key of another (security §10.20).
 */
export function createForeignTokens(deps: {
  readonly outbound: KeyFetcher
  readonly log: Log
  readonly clock: Clock
}): ForeignTokens {
  const remote = createRemoteKeys({ ...deps, whose: 'another issuer' })

  async function claimsOf(token: string, { jwksUrl, algorithms, typ }: TrustedIssuer) {
    const types = typ === undefined ? USUAL_TYPES : [typ.toLowerCase().replace(/^application\//, '')]
    const verify = (keys: PublicKeys | undefined) =>
      keys && verifyForeignJwt(token, { keys, algorithms, types, typeless: typ === undefined, remembers: true })
    const known = await remote.of(jwksUrl)
    const claims = await verify(known)
    if (claims) return claims
    // Its keys may have changed since.
    const renewed = await remote.of(jwksUrl, { renew: true })
    return renewed === known ? undefined : verify(renewed)
  }

  return {
    issuerOf(token, issuers) {
      if (issuers.length === 0) return undefined
      const iss = readUnverified(token)?.['iss']
      return issuers.find(({ issuer }) => issuer === iss)
    },
    async verify(token, issuer) {
      const claims = await claimsOf(token, issuer)
      if (!claims || !isFor(claims, issuer, deps.clock.now())) return undefined
      const who = whoOf(claims, issuer)
      const { exp: until } = claims
      // Whether its server has ended it nobody here hears.
      return who && { who, lease: { until: isDate(until) ? until : undefined, isLive: async () => true } }
    },
  }
}

type Claims = Readonly<Record<string, unknown>>

/** RFC 7519 §4.1, RFC 9068 §4: all of it, also where an issuer stands twice in a file, for two audiences. */
function isFor({ iss, aud, exp, nbf, iat, cnf, at_hash: atHash }: Claims, issuer: TrustedIssuer, now: Date): boolean {
  const seconds = now.getTime() / 1000
  if (iss !== issuer.issuer) return false
  if (![aud].flat().some((one) => one === issuer.audience)) return false
  if (!isDate(exp) || exp <= seconds) return false
  for (const since of [nbf, iat]) {
    if (since !== undefined && (!isDate(since) || since > seconds + SKEW_SECONDS)) return false
  }
  // Bound to a key (RFC 7800 §3.1): worth nothing without the proof, and there is none here.
  if (cnf !== undefined) return false
  // OpenID Connect Core §3.1.3.6: only ID tokens have it, and they are no access tokens (security §8).
  return atHash === undefined
}

/** RFC 7519 §2, NumericDate; beyond 2^53 numbers are no longer what was signed. */
function isDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

/** People of others are (iss, sub) (ASVS 5.0, 10.3.3): by no header can one of them be taken for one of ours. */
function whoOf(claims: Claims, { issuer }: TrustedIssuer): Who | undefined {
  const { sub, client_id: clientId, azp, auth_time: authTime, acr } = claims
  if (typeof sub !== 'string' || sub === '' || sub.length > MOST_SUBJECT || !sub.isWellFormed()) return undefined
  const client = [clientId, azp].find((one): one is string => typeof one === 'string' && VSCHARS.test(one))
  return {
    subject: foreignSubject(issuer, sub),
    // RFC 9068 §2.2: of a client that asks for itself.
    isUser: sub !== client,
    username: undefined,
    clientId: client,
    scopes: scopesOf(claims),
    issuer,
    authTime: isDate(authTime) ? authTime : undefined,
    acr: typeof acr === 'string' ? acr : undefined,
  }
}

/** An upstream that looks at the user alone must not take `u_…` of somebody else's server for ours. */
function foreignSubject(issuer: string, sub: string): string {
  return `${issuer}#${encodeURIComponent(sub)}`
}

/** `scope` of RFC 8693 §4.2, `scp` of servers that had none yet, as text or list. */
function scopesOf({ scope, scp }: Claims): readonly string[] {
  const said = scope ?? scp
  const all: readonly unknown[] = Array.isArray(said) ? said : typeof said === 'string' ? said.split(' ') : []
  return all.filter((one): one is string => typeof one === 'string' && SCOPE.test(one))
}
