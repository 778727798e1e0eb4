/** Who asks, known from a browser session. `accounts` resolves it; every room reads it. */
export type Caller = {
  readonly ownerId: string
  readonly kind: 'user' | 'guest'
  readonly sessionId: string
  /** Who a user is, and how this session knows; absent for guests. */
  readonly user?: SignedIn
}

/** A user in a session of theirs. */
export type SignedIn = {
  /** `sub` of tokens: `u_…`, never reused, unchanged by renames. */
  readonly publicId: string
  readonly username: string
  readonly isAdmin: boolean
  /** When they last proved who they are, and how (RFC 8176 names). */
  readonly authTime: Date
  readonly amr: readonly string[]
  /** `sid` of ID tokens: names the session without opening it. */
  readonly sid: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `null` for a visitor without a session. */
    caller: Caller | null
  }
  interface FastifyReply {
    /** Set by pages whose form may end on another site: Chromium applies `form-action` to every redirect hop. */
    formLeavesSite: boolean
  }
}
