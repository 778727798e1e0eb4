import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { OAuthError } from '../errors.ts'
import type { Grants } from '../grants/registry.ts'
import { insertGatewayClient } from '../store/client.ts'
import { findLiveGrant, type Grant, listLiveGrants } from '../store/grant.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { Client } from './client.ts'
import { GATEWAY_CLIENT } from './gateway-client-id.ts'

/** What a person's sign-in at the gateway hangs on. */
export type GatewayGrant = Pick<Grant, 'id' | 'nonce'> & { readonly ownerId: string; readonly sid: string }

/** The gateway of this server as a client of it: browsers get a session on the hosts of its routes. */
export type GatewayClient = {
  readonly id: string
  /** Makes its row, where there is none yet. */
  ensure(): Promise<void>
  /** RFC 6749 §4.1.3, without the way over the network. @returns undefined for a code that is good for nothing */
  redeem(answer: {
    readonly code: string
    readonly redirectUri: string
    readonly codeVerifier: string
  }): Promise<GatewayGrant | undefined>
  /** Undefined once it was revoked or is over, and while the client is switched off. */
  grant(id: string): Promise<GatewayGrant | undefined>
  /** Those of these grants that are alive still; none while the client is switched off. */
  liveGrants(ids: readonly string[]): Promise<readonly string[]>
  /** Ends it. */
  revoke(id: string): Promise<void>
}

export function createGatewayClient(deps: {
  readonly tables: Kysely<AuthorizationTables>
  readonly tokens: Pick<Tokens, 'verifyAccessToken' | 'revokeGrant'>
  readonly grants: Grants
  readonly findClient: (id: string) => Promise<Client | undefined>
}): GatewayClient {
  const { tables, tokens, grants, findClient } = deps

  async function grant(id: string): Promise<GatewayGrant | undefined> {
    if (!(await findClient(GATEWAY_CLIENT))) return undefined
    const found = await findLiveGrant(tables, id)
    if (found?.clientId !== GATEWAY_CLIENT || found.ownerId === null || found.sid === null) return undefined
    return { id, nonce: found.nonce, ownerId: found.ownerId, sid: found.sid }
  }

  return {
    id: GATEWAY_CLIENT,
    grant,
    liveGrants: async (ids) => ((await findClient(GATEWAY_CLIENT)) ? listLiveGrants(tables, ids) : []),
    async ensure() {
      if (await findClient(GATEWAY_CLIENT)) return
      // Nobody holds the token that this is the hash of: the registration cannot be changed from outside.
      await insertGatewayClient(tables, { id: GATEWAY_CLIENT, registrationTokenHash: randomBytes(32) })
    },
    async redeem({ code, redirectUri, codeVerifier }) {
      const client = await findClient(GATEWAY_CLIENT)
      if (!client) return undefined
      const params = {
        ...{ grant_type: 'authorization_code', code },
        ...{ redirect_uri: redirectUri, code_verifier: codeVerifier },
      }
      try {
        const { access_token: token } = await grants.redeem({ client, params, resources: [] })
        const access = await tokens.verifyAccessToken(token)
        return access && (await grant(access.grantId))
      } catch (error) {
        if (error instanceof OAuthError) return undefined
        throw error
      }
    },
    revoke: (id) => tokens.revokeGrant({ id, clientId: GATEWAY_CLIENT }),
  }
}
