import type { Accounts } from '#accounts'
import type { Authorization } from '#authorization'
import type { Clock } from '#base'
import { type Route, scopesFor, type TrustedIssuer } from '../routes/route.ts'
import { readBearer } from './bearer.ts'
import type { ForeignTokens } from './foreign-tokens.ts'
import type { People } from './people.ts'
import { requireEnough, requireSomebody } from './require.ts'
import type { Admitted, Refusal, Verdict, Who } from './who.ts'

export type Asked = {
  readonly route: Route
  readonly method: string
  readonly rawHeaders: readonly string[]
  /** Without the question mark. */
  readonly query: string
}

/** Decides whether a request goes on, and who it is from. */
export type Authenticate = (asked: Asked) => Promise<Verdict>

export const ANONYMOUS: Who = {
  ...{ subject: '', isUser: false, username: undefined, clientId: undefined, scopes: [] },
  ...{ issuer: '', authTime: undefined, acr: undefined },
}

const NO_TOKEN: Refusal = { status: 401, description: 'Send an access token: Authorization: Bearer' }
/** Whoever is told 401 throws the token away, and it may be good. */
const NOBODY_KNOWS: Refusal = {
  status: 503,
  description: 'The keys of the server that issued the token cannot be read at the moment',
  wait: 5,
}
const WRONG: Refusal = { status: 401, error: 'invalid_token', description: 'The access token is not valid here' }

export function createAuthenticate(deps: {
  readonly issuer: string
  readonly tokens: Pick<Authorization['tokens'], 'verifyAccessToken' | 'clientOf'>
  readonly loginToken: Accounts['loginToken']
  readonly people: People
  readonly foreignTokens: ForeignTokens
  /** For routes that browsers open with a session. */
  readonly authenticateSession: Authenticate
  readonly clock: Clock
}): Authenticate {
  const { issuer, tokens, people, clock } = deps

  /** For the route itself, or with the scopes that it asks for. */
  async function verify(token: string, route: Route, method: string) {
    const access = await tokens.verifyAccessToken(token, route.audience)
    if (access || !route.takesIssuerScopes || scopesFor(route, method).length === 0) return access
    return tokens.verifyAccessToken(token, issuer)
  }

  async function whoseToken(token: string, route: Route, method: string): Promise<Verdict | undefined> {
    const foreign = deps.foreignTokens.issuersOf(token, route.issuers)
    if (foreign.length > 0) return whoseForeign(token, foreign, route)
    const access = await verify(token, route, method)
    if (!access) return route.takesLoginToken ? whoseLogin(token) : undefined
    // A token that is bound to a key is worth nothing without the proof, and there is none here (RFC 9449 §7.1).
    if (access.claims['cnf'] !== undefined) return undefined
    const { isOfUser: isUser } = access
    const alone = requireSomebody(route, { isUser, client: access.client })
    if (alone) return { refusal: alone }
    const { auth_time: authTime, acr, exp } = access.claims
    const who: Who = {
      subject: access.subject,
      isUser,
      username: isUser ? await people.name(access.subject) : undefined,
      clientId: access.clientId,
      scopes: access.scopes,
      issuer,
      authTime: typeof authTime === 'number' ? authTime : undefined,
      acr: typeof acr === 'string' ? acr : undefined,
    }
    const isLive = async () => {
      const client = await tokens.clientOf(access)
      return client !== undefined && requireSomebody(route, { isUser, client }) === undefined
    }
    return { who, lease: { until: exp, isLive } }
  }

  /** @param issuers one server, for each audience that the file has it with */
  async function whoseForeign(token: string, issuers: readonly TrustedIssuer[], route: Route) {
    let isMissing = false
    for (const issuer of issuers) {
      const verified = await deps.foreignTokens.verify(token, issuer)
      if (verified === 'keys missing') isMissing = true
      else if (verified) {
        const refusal = requireSomebody(route, { isUser: verified.isSurelyUser, client: undefined })
        return refusal ? { refusal } : verified
      }
    }
    return isMissing ? { refusal: NOBODY_KNOWS } : undefined
  }

  async function whoseLogin(token: string): Promise<Admitted | undefined> {
    const user = await deps.loginToken.verify(token)
    if (!user) return undefined
    const { publicId, username, authTime } = user
    people.isHere(user)
    const authSeconds = Math.floor(authTime.getTime() / 1000)
    return { who: { ...ANONYMOUS, subject: publicId, isUser: true, username, issuer, authTime: authSeconds } }
  }

  return async (asked) => {
    const { route, method, rawHeaders, query } = asked
    if (route.access === 'public') return { who: ANONYMOUS }
    if (route.access === 'session') return deps.authenticateSession(asked)
    const read = readBearer(rawHeaders, query)
    if ('refusal' in read) return read
    if (read.token === undefined) return { refusal: NO_TOKEN }
    const verdict = await whoseToken(read.token, route, method)
    if (!verdict) return { refusal: WRONG }
    if ('refusal' in verdict) return verdict
    const refusal = requireEnough(route, method, verdict.who, Math.floor(clock.now().getTime() / 1000))
    return refusal ? { refusal } : verdict
  }
}
