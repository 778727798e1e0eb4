import type { Clock, Log } from '#base'
import { createRemoteKeys, type KeyFetcher, type PublicKeys, readUnverified, verifyForeignJwt } from '#crypto'
import type { TrustedIssuer } from '../routes/route.ts'
import type { Admitted, Who } from './who.ts'

/** Access tokens of other servers, on routes that trust them. */
export type ForeignTokens = {
  /** The trusted server that a token says it is of; several entries where it stands in the file for several audiences. */
  issuersOf(token: string, issuers: readonly TrustedIssuer[]): readonly TrustedIssuer[]
  /** Undefined for whatever is wrong with it. */
  verify(token: string, issuer: TrustedIssuer): Promise<ForeignAdmitted | KeysMissing | undefined>
}

/** @property isSurelyUser that a person stands behind the token, as far as its server says anything of that */
export type ForeignAdmitted = Admitted & { readonly isSurelyUser: boolean }
/** Nobody can say whether a token is good; in a few seconds somebody may. */
export type KeysMissing = 'keys missing'

/** What access tokens say they are where the file names no `typ`: RFC 9068 §2.1, and servers from before it. */
const USUAL_TYPES = ['at+jwt', 'jwt']
/** Clocks of other servers may differ from ours by so many seconds. */
const SKEW_SECONDS = 60
const MOST_SUBJECT = 255
/**
 * Of tokens that open nothing: ID tokens (OpenID Connect Core §3.1.3.6, §3.3.2.11) and logout tokens (Back-Channel Logout
 * §2.4), whose audience is the client and may be that of a route as well (security §8).
 */
const NEVER_OF_ACCESS = ['at_hash', 'c_hash', 's_hash', 'events']
/** The `typ` among the claims, which Keycloak tells its tokens apart by. */
const OTHER_KINDS = ['id', 'refresh', 'offline', 'logout']
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
  const remote = createRemoteKeys({ ...deps, whose: 'another issuer', areNamedByOperator: true })

  async function claimsOf(token: string, { jwksUrl, algorithms, typ }: TrustedIssuer) {
    const types = typ === undefined ? USUAL_TYPES : [typ.toLowerCase().replace(/^application\//, '')]
    const verify = (keys: PublicKeys) =>
      verifyForeignJwt(token, { keys, algorithms, types, typeless: typ === undefined, remembers: true })
    const known = await remote.of(jwksUrl)
    if (!known) return 'keys missing'
    const claims = await verify(known)
    if (claims) return claims
    // Its keys may have changed since.
    const renewed = await remote.of(jwksUrl, { renew: true })
    return renewed === undefined || renewed === known ? undefined : verify(renewed)
  }

  return {
    issuersOf(token, issuers) {
      if (issuers.length === 0) return []
      const iss = readUnverified(token)?.['iss']
      return issuers.filter(({ issuer }) => issuer === iss)
    },
    async verify(token, issuer) {
      const claims = await claimsOf(token, issuer)
      if (claims === 'keys missing' || !claims) return claims
      if (!isFor(claims, issuer, deps.clock.now())) return undefined
      const who = whoOf(claims, issuer)
      if (!who) return undefined
      const { exp: until } = claims
      // Whether its server has ended it nobody here hears.
      const lease = { until: isDate(until) ? until : undefined, isLive: async () => true }
      return { who, lease, isSurelyUser: who.isUser && (who.clientId !== undefined || tellsOfSignIn(claims)) }
    },
  }
}

type Claims = Readonly<Record<string, unknown>>

/** RFC 7519 §4.1, RFC 9068 §4: all of it, also where an issuer stands twice in a file, for two audiences. */
function isFor(claims: Claims, issuer: TrustedIssuer, now: Date): boolean {
  const { iss, aud, exp, nbf, iat, cnf } = claims
  const seconds = now.getTime() / 1000
  if (iss !== issuer.issuer) return false
  if (![aud].flat().some((one) => one === issuer.audience)) return false
  if (!isDate(exp) || exp <= seconds) return false
  for (const since of [nbf, iat]) {
    if (since !== undefined && (!isDate(since) || since > seconds + SKEW_SECONDS)) return false
  }
  // Bound to a key (RFC 7800 §3.1): worth nothing without the proof, and there is none here.
  return cnf === undefined && !isOtherKind(claims)
}

/** Whether it is no access token, whatever its header says. */
function isOtherKind(claims: Claims): boolean {
  const { typ, nonce } = claims
  const kind = typeof typ === 'string' ? typ.toLowerCase() : undefined
  if (NEVER_OF_ACCESS.some((name) => claims[name] !== undefined)) return true
  // Keycloak before 25, or with its mapper for what relied on that, puts the nonce into access tokens: `typ: Bearer`.
  return kind === 'bearer' ? false : nonce !== undefined || (kind !== undefined && OTHER_KINDS.includes(kind))
}

/** RFC 7519 §2, NumericDate; beyond 2^53 numbers are no longer what was signed. */
function isDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

/** People of others are (iss, sub) (ASVS 5.0, 10.3.3): by no header can one of them be taken for one of ours. */
function whoOf(claims: Claims, { issuer }: TrustedIssuer): Who | undefined {
  const { sub, auth_time: authTime, acr } = claims
  if (typeof sub !== 'string' || sub === '' || sub.length > MOST_SUBJECT || !sub.isWellFormed()) return undefined
  const names = CLIENT_CLAIMS.map((name) => claims[name])
  const client = names.find((one): one is string => typeof one === 'string' && VSCHARS.test(one))
  return {
    subject: foreignSubject(issuer, sub),
    isUser: !names.includes(sub) && !isOfClient(claims),
    username: undefined,
    clientId: client,
    scopes: scopesOf(claims),
    issuer,
    authTime: isDate(authTime) ? authTime : undefined,
    acr: typeof acr === 'string' ? acr : undefined,
  }
}

/** RFC 9068 §2.2, OpenID Connect Core §2; `appid` of Microsoft's version 1, `cid` of Okta. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'appid', 'cid']

/**
 * How issuers mark what a client got for itself, beside RFC 9068 §2.2 (`sub` is the client): Auth0 (`gty`, `…@clients`),
 * Microsoft (`idtyp`, or `oid` the same as `sub`), Keycloak (`service-account-…`).
 */
function isOfClient({ sub, gty, idtyp, oid, preferred_username: name }: Claims): boolean {
  return (
    [gty].flat().includes('client-credentials') ||
    String(sub).endsWith('@clients') ||
    idtyp === 'app' ||
    (oid !== undefined && oid === sub) ||
    (typeof name === 'string' && name.startsWith('service-account-'))
  )
}

/** What only somebody has who signed in (OpenID Connect Core §2, RFC 9068 §2.2.1). */
function tellsOfSignIn(claims: Claims): boolean {
  return ['auth_time', 'acr', 'amr', 'sid', 'session_id'].some((name) => claims[name] !== undefined)
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
