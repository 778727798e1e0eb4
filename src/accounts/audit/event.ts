/** Who did something: a user by `u_…`, an app by `c_…`, whoever runs the server by a command, or the server itself. */
export type AuditActor = { readonly actor: string; readonly address: string }

export type AuditEntry = {
  /** `noun.verb`, such as `user.disabled` or `client.verified`. */
  readonly action: string
  readonly target?: { readonly kind: 'user' | 'client' | 'key' | 'registration_token'; readonly id: string }
  /** What a reader wants to know besides. Never a secret, never what somebody typed as one. */
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

export type AuditEvent = {
  readonly id: string
  readonly at: Date
  readonly actor: string
  /** Of the actor or the target, where that is a user who still is there. */
  readonly actorName: string | null
  readonly action: string
  readonly targetKind: string | null
  readonly targetId: string | null
  readonly details: Readonly<Record<string, unknown>>
  readonly address: string
}

export type AuditQuery = {
  readonly most: number
  /** The id of the last event of the page before this one. */
  readonly before?: string | undefined
  /** One action, `user.disabled`, or all of a noun, `user`. */
  readonly action?: string | undefined
  readonly target?: string | undefined
  readonly actor?: string | undefined
}
