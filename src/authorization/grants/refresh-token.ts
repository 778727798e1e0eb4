import { hashSecret, randomToken } from '#crypto'
import { narrowResource } from '../checks/check-resource.ts'
import { parseScope } from '../checks/check-scope.ts'
import { OAuthError } from '../errors.ts'
import type { Grant } from '../store/grant.ts'
import { findRefreshToken, rotateRefreshToken, type SpentToken, useRefreshToken } from '../store/refresh-token.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { answerForUser } from './answer.ts'
import type { GrantDeps, GrantType, TokenRequest } from './grant-type.ts'
import { REFRESH_IDLE_SECONDS, REPEAT_SECONDS } from './lifetimes.ts'
import { openSuccessor, sealSuccessor } from './successor.ts'

export function newRefreshToken(): string {
  return `trr_${randomToken()}`
}

/** The grant of a token that was taken, and the token to use from now on; undefined where it stays the same. */
type Renewed = { readonly grant: Grant; readonly next: string | undefined }

type Asked = { readonly token: string; readonly scopes: readonly string[]; readonly resources: readonly string[] }

/** RFC 6749 §6, with rotation (RFC 9700 §4.14.2). */
export function refreshToken(deps: GrantDeps): GrantType {
  const { database, log } = deps
  const tables = database.tables<AuthorizationTables>()

  async function renew(clientId: string, rotates: boolean, asked: Asked): Promise<Renewed> {
    const { token, scopes, resources } = asked
    const use = { tokenHash: hashSecret(token), clientId, scopes, resources, idleSeconds: REFRESH_IDLE_SECONDS }
    if (!rotates) {
      const grant = await useRefreshToken(database, use)
      return grant ? { grant, next: undefined } : repeat(use.tokenHash, clientId, asked)
    }
    const next = newRefreshToken()
    const grant = await rotateRefreshToken(database, {
      ...use,
      successorHash: hashSecret(next),
      sealedSuccessor: sealSuccessor(next, token),
      repeatSeconds: REPEAT_SECONDS,
    })
    return grant ? { grant, next } : repeat(use.tokenHash, clientId, asked)
  }

  /**
   * A token that was spent before gives the same successor until that one was first used, or the window is over: the
   * answer may have been lost, or two tabs asked at once. Later, one of the two who have it is a thief.
   */
  async function repeat(tokenHash: Buffer, clientId: string, asked: Asked): Promise<Renewed> {
    const spent = await findRefreshToken(tables, tokenHash)
    if (!spent || spent.clientId !== clientId || spent.isOver) {
      throw new OAuthError('invalid_grant', 'The refresh token is unknown, expired, revoked, or of another client')
    }
    if (spent.isSpent && !spent.mayRepeat) {
      await deps.tokens.revokeGrant(spent)
      log.warn({ grant: spent.id, client: clientId }, 'A spent refresh token came again: its grant is revoked')
      throw new OAuthError('invalid_grant', 'The refresh token was used before. What was issued from it is revoked')
    }
    requireGranted(asked, spent)
    if (spent.sealedSuccessor === null) {
      throw new OAuthError('invalid_grant', 'The refresh token is unknown, expired, revoked, or of another client')
    }
    log.info({ grant: spent.id, client: clientId }, 'A refresh token was repeated within its window')
    const { isOver: _over, isSpent: _spent, mayRepeat: _may, sealedSuccessor, ...grant } = spent
    return { grant, next: openSuccessor(sealedSuccessor, asked.token) }
  }

  return {
    name: 'refresh_token',
    async handle({ client, params, resources }: TokenRequest) {
      const { refresh_token: token, scope } = params
      if (token === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing')
      const scopes = scope === undefined ? [] : parseScope(scope)
      // A public client's always rotate: nothing else binds them to it (RFC 9700 §2.2.2).
      const rotates = client.rotatesRefreshTokens || !client.isConfidential
      const { grant, next } = await renew(client.id, rotates, { token, scopes, resources })
      const user = grant.ownerId === null ? undefined : await deps.accounts.user(grant.ownerId)
      if (!user) {
        await deps.tokens.revokeGrant(grant)
        throw new OAuthError('invalid_grant', 'The account is not there any more')
      }
      return answerForUser(deps.tokens, {
        client,
        // OpenID Connect Core §12.2: the nonce was of the first ID token.
        grant: { ...grant, nonce: null },
        user,
        scopes: scopes.length > 0 ? scopes : grant.scopes,
        audience: narrowResource(resources, grant.resources),
        refreshToken: next,
      })
    },
  }
}

/** RFC 6749 §6, RFC 8707 §2.2: less than was granted, never more. @throws OAuthError */
function requireGranted(asked: Asked, spent: SpentToken): void {
  if (!asked.scopes.every((scope) => spent.scopes.includes(scope))) {
    throw new OAuthError('invalid_scope', 'scope asks for more than was granted')
  }
  narrowResource(asked.resources, spent.resources)
}
