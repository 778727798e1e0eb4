/** Who may use a route, and what happens to a request on the way to what is behind it. */
export type Route = {
  /** For metrics and logs: host and path as they stand in the file. */
  readonly name: string
  /** What people read on the consent page, and clients in the metadata. */
  readonly title: string | undefined
  /** Lower case, with the port where it is not the usual one; undefined: the host of this server itself. */
  readonly host: string | undefined
  /** Canonical, without a slash at the end; `/` is everything. It and all paths below it are the route's. */
  readonly path: string
  /** Undefined: all. */
  readonly methods: readonly string[] | undefined
  /** Undefined: another proxy forwards, and asks here (`/gateway/auth`). */
  readonly upstream: Upstream | undefined
  /** Who has to be asked for before a request goes on. */
  readonly access: 'token' | 'session' | 'public'
  /** Whom a session has to be of: usernames, and ids (`u_…`). Undefined: everybody with an account. */
  readonly users: readonly string[] | undefined
  /** That a token has to be for: the route's own address, unless the file names another one. */
  readonly audience: string
  /**
   * Opens as well to tokens for this server that carry the scopes: people allowed these by name. One without scopes would
   * open to whatever somebody gave for a sign-in.
   */
  readonly takesIssuerScopes: boolean
  /** Needed for every method, and for some of them; `*` of those is all that are not named. */
  readonly scopes: { readonly all: readonly string[]; readonly of: ReadonlyMap<string, readonly string[]> }
  /** RFC 9470: the sign-in behind a token has to be this young, and of one of these kinds. */
  readonly maxAuthAgeSeconds: number | undefined
  readonly acrValues: readonly string[] | undefined
  /** Takes the login token of `POST /login` as well: the demo route does. */
  readonly takesLoginToken: boolean
  /** Whose tokens of their own open it, with no person behind them (RFC 6749 §4.4). */
  readonly clientCredentials: (typeof CLIENT_CREDENTIALS)[number]
  readonly issuers: readonly TrustedIssuer[]
  readonly identity: IdentityStyle
  readonly timeoutSeconds: number
  /** For requests that change nothing and have no body, when the upstream gave no answer. */
  readonly retries: number
  readonly maxBodyBytes: number
  readonly rateLimits: readonly RouteRateLimit[]
  /** Origins of pages that may call it from a browser; empty: none. */
  readonly corsOrigins: readonly string[]
  readonly mcp: boolean
}

/** `verified`: of clients that an administrator answers for. Tokens of other issuers are those of `all`. */
export const CLIENT_CREDENTIALS = ['verified', 'all', 'none'] as const

/** A route whose requests this server sends on itself. */
export type ForwardingRoute = Route & { readonly upstream: Upstream }

export type Upstream = {
  /** `http://host:port` */
  readonly origin: string
  /** Put in front of what is left of the path; empty or `/…` without a slash at the end. */
  readonly base: string
  /** How much of the request's path is left out. */
  readonly strips: string
}

/** How the upstream learns who calls. */
export type IdentityStyle =
  | { readonly kind: 'headers'; readonly names: Readonly<Record<IdentityFact, string>> }
  /** Made for one upstream: what it got opens no other one. */
  | { readonly kind: 'jwt'; readonly audience: string }
  | { readonly kind: 'none' }

export const IDENTITY_FACTS = ['user', 'username', 'client', 'scope', 'issuer'] as const
export type IdentityFact = (typeof IDENTITY_FACTS)[number]

/** Another server whose tokens open the route (security §10.20). */
export type TrustedIssuer = {
  readonly issuer: string
  readonly jwksUrl: string
  readonly audience: string
  readonly algorithms: readonly string[]
  /** Of the header; RFC 9068 §4. */
  readonly typ: string | undefined
}

export type RouteRateLimit = {
  readonly most: number
  readonly seconds: number
  readonly per: 'client' | 'user' | 'address'
}

/** All that a method needs, in the order in which it was written. */
export function scopesFor(route: Pick<Route, 'scopes'>, method: string): readonly string[] {
  const rest = route.scopes.of.get('*') ?? []
  // RFC 9110 §9.3.2: HEAD is GET without the body, so it needs what GET needs.
  const own = route.scopes.of.get(method) ?? (method === 'HEAD' ? route.scopes.of.get('GET') : undefined) ?? rest
  return own.length === 0 ? route.scopes.all : [...new Set([...route.scopes.all, ...own])]
}

/** All that it ever needs, whatever the method. */
export function allScopes({ scopes }: Pick<Route, 'scopes'>): readonly string[] {
  return [...new Set([...scopes.all, ...[...scopes.of.values()].flat()])]
}
