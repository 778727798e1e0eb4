/** Who calls, as far as the gateway knows: what upstreams are told. */
export type Who = {
  /** Of the token: the user, or the client where there is no user. Absent where nobody has to say who they are. */
  readonly subject: string
  readonly isUser: boolean
  /** Where the subject is a user of this server. */
  readonly username: string | undefined
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  readonly issuer: string
  /** When the person signed in, in seconds, and how (OpenID Connect Core §2); for step-up. */
  readonly authTime: number | undefined
  readonly acr: string | undefined
}

/** Why a request does not go on. */
export type Refusal = {
  /** 503: nobody can say at the moment. */
  readonly status: 400 | 401 | 403 | 503
  /** RFC 6750 §3.1, RFC 9470 §3. Absent for callers who brought nothing: they are told nothing about errors. */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication'
  /** Printable ASCII. */
  readonly description: string
  /** What to ask for, where that is more than the method needs. */
  readonly scopes?: readonly string[]
  /** Seconds, with 503. */
  readonly wait?: number
  /** Further members of the challenge. */
  readonly members?: Readonly<Record<string, string>>
  /** Of routes for browser sessions, where no sign-in would help: why. */
  readonly code?: 'route_forged' | 'route_not_for_you'
  /** There, where a sign-in would help: what it has to be like. */
  readonly signIn?: { readonly maxAge?: number | undefined; readonly acrValues?: readonly string[] | undefined }
}

/** How long what opened a route holds, for what goes on after it was opened. */
export type Lease = {
  /** When the token ends, in seconds since 1970; undefined where nothing but `isLive` says so. */
  readonly until: number | undefined
  /** Whether nothing has ended it since. Asked again and again. */
  isLive(): Promise<boolean>
}

/** Without a lease it holds until the end of the request, whatever happens. */
export type Admitted = { readonly who: Who; readonly lease?: Lease }

export type Verdict = Admitted | { readonly refusal: Refusal }
