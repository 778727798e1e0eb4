import type { Kysely } from 'kysely'
import type { Clock, Log } from '#base'
import type { Signer } from '#crypto'
import type { Database } from '#database'
import type { Client } from '../clients/client.ts'
import { markGrantRevoked } from '../store/grant.ts'
import { type GrantsOf, revokeGrantsOf } from '../store/grants-of.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { type AccessToken, type AccessTokenRequest, createAccessTokens } from './access-token.ts'
import { createDenylist } from './denylist.ts'
import { createIdTokens, type IdTokenHint, type IdTokenRequest } from './id-token.ts'
import type { People, TokenUser } from './people.ts'

/** One that nothing had ended when it was asked about. */
export type LiveAccessToken = AccessToken & { readonly client: Client }

/** Tokens of this server: made, told from others, ended. */
export type Tokens<User extends TokenUser = TokenUser> = {
  /** Resolves when every revocation until now is known. */
  start(): Promise<void>
  /** RFC 9068. @returns `expiresIn` in seconds */
  issueAccessToken(request: AccessTokenRequest): Promise<{ token: string; expiresIn: number }>
  /** OpenID Connect Core §2, in the algorithm that the client registered. */
  issueIdToken(request: IdTokenRequest<User>): Promise<string>
  /**
   * Undefined for whatever is wrong: signature, type, issuer, end, audience, a grant that was ended, a client that is
   * gone or switched off.
   *
   * @param audience that the token has to be for; any, when the caller decides by itself
   */
  verifyAccessToken(token: string, audience?: string): Promise<LiveAccessToken | undefined>
  /** The client of a token that was verified before; undefined once its grant was ended, or its client. Out of memory. */
  clientOf(access: Pick<AccessToken, 'grantId' | 'clientId'>): Promise<Client | undefined>
  /** An ID token of ours, ended ones too; it says who somebody was, and proves nothing. */
  readIdTokenHint(token: string): Promise<IdTokenHint | undefined>
  /** Ends a grant with everything issued from it; every process knows within 2 s. */
  revokeGrant(grant: { readonly id: string; readonly clientId: string }): Promise<void>
  /** All grants of a user, of a client, or of both: password change, disabling, "remove access". */
  revokeGrantsOf(whose: GrantsOf): Promise<void>
  close(): Promise<void>
}

export type TokensDeps<User extends TokenUser> = {
  readonly database: Database
  readonly tables: Kysely<AuthorizationTables>
  readonly signer: Signer
  readonly issuer: string
  readonly clock: Clock
  readonly log: Log
  readonly people: Pick<People<User>, 'claimsOf'>
  /** Undefined for those that are gone or switched off; answers out of memory. */
  readonly findClient: (id: string) => Promise<Client | undefined>
}

export function createTokens<User extends TokenUser>(deps: TokensDeps<User>): Tokens<User> {
  const { tables, findClient } = deps
  const denylist = createDenylist(deps)
  const accessTokens = createAccessTokens(deps)
  const idTokens = createIdTokens(deps)

  async function clientOf({ grantId, clientId }: Pick<AccessToken, 'grantId' | 'clientId'>) {
    return denylist.has(grantId) ? undefined : findClient(clientId)
  }

  return {
    start: denylist.start,
    issueAccessToken: accessTokens.issue,
    issueIdToken: idTokens.issue,
    async verifyAccessToken(token, audience) {
      const read = await accessTokens.read(token, audience)
      const client = read && (await clientOf(read))
      return client && { ...read, client }
    },
    clientOf,
    readIdTokenHint: idTokens.readHint,
    async revokeGrant(grant) {
      await markGrantRevoked(tables, grant)
      denylist.add(grant.id)
    },
    revokeGrantsOf: (whose) => revokeGrantsOf(tables, whose),
    close: denylist.close,
  }
}
