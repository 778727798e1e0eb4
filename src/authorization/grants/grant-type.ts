import type { Accounts, User } from '#accounts'
import type { Log } from '#base'
import type { Database } from '#database'
import type { CheckRules } from '../checks/check-request.ts'
import type { Client } from '../clients/client.ts'
import type { Params } from '../parameters.ts'
import type { Tokens } from '../tokens/tokens.ts'

/** A request to /token of a client that proved who it is. */
export type TokenRequest = {
  readonly client: Client
  readonly params: Params
  /** Every `resource` that was sent, read by `checks/check-resource.ts` (RFC 8707 §2.2). */
  readonly resources: readonly string[]
}

/** The body of a success (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). */
export type TokenAnswer = {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly refresh_token?: string
  readonly id_token?: string
  readonly scope: string
}

/** One way to tokens: an entry of the registry in `registry.ts`. */
export type GrantType = {
  /** `grant_type` on the wire; a client uses it only when it registered it. */
  readonly name: string
  /** @throws OAuthError */
  handle(request: TokenRequest): Promise<TokenAnswer>
}

/** What signs and ends tokens. */
export type TokenMaker = Pick<Tokens<User>, 'issueAccessToken' | 'issueIdToken' | 'revokeGrant'>

export type GrantDeps = {
  readonly database: Database
  readonly accounts: Pick<Accounts, 'user'>
  readonly tokens: TokenMaker
  readonly rules: CheckRules
  readonly log: Log
}
