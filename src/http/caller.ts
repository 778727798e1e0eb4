/** Who asks, known from a browser session. `accounts` resolves it; every room reads it. */
export type Caller = {
  readonly ownerId: string
  readonly kind: 'user' | 'guest'
  readonly sessionId: string
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
