import type { FastifyReply, FastifyRequest } from 'fastify'

/** A provider that people may sign in with here. */
export type SignInProvider = {
  readonly id: string
  readonly name: string
  /** With a subject it names an account (OpenID Connect Core §5.7); the sandbox has its own. */
  readonly issuer: string
  readonly source: 'real' | 'sandbox'
}

/** Whose account it is, as a provider has just proved. */
export type ProvedIdentity = {
  readonly provider: SignInProvider
  /** Stable and never reused at this issuer. */
  readonly subject: string
  /** As its owner knows it: an address, or a nickname. */
  readonly name: string
}

/** The two that name an account; an e-mail address, verified or not, joins nobody to anybody (security §10.9). */
export type IdentityKey = { readonly issuer: string; readonly subject: string }

export function keyOf({ provider: { issuer }, subject }: ProvedIdentity): IdentityKey {
  return { issuer, subject }
}

/** Where a sign-in at a provider leads, as paths to keep with it. */
export type SignInPaths = {
  readonly returnTo: string
  /** When nothing comes of it; read again by `login`. */
  readonly deniedTo: string
}

/** Accounts at providers that sign people in (security §10.9). */
export type Identities = {
  /** @param fields `interaction` and `return_to`, as forms have them; whatever is no way of ours counts as none */
  signInPaths(fields: Readonly<Record<string, string>>): SignInPaths
  /**
   * Somebody came back from a provider to sign in. A known account does that; an unknown one is held for ten minutes,
   * for a page that asks what to do.
   *
   * @param came.deniedTo of `signInPaths`
   * @returns where to go, by 303
   */
  login(
    request: FastifyRequest,
    reply: FastifyReply,
    came: { readonly identity: ProvedIdentity; readonly deniedTo: string },
  ): Promise<string>
  /** The same for a user who wanted to link it; whether their sign-in was fresh is asked before they leave. */
  link(request: FastifyRequest, reply: FastifyReply, identity: ProvedIdentity): Promise<string>
  /** Whether an account signs anybody in here. @param except an owner who goes, and whose identities go too */
  isHeld(key: IdentityKey, except?: string): Promise<boolean>
}
