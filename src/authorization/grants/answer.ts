import type { User } from '#accounts'
import type { Client } from '../clients/client.ts'
import type { Grant } from '../store/grant.ts'
import type { TokenAnswer, TokenMaker } from './grant-type.ts'

/** The tokens of a grant that belongs to a person. */
export async function answerForUser(
  tokens: TokenMaker,
  input: {
    readonly client: Client
    readonly grant: Grant
    readonly user: User
    readonly scopes: readonly string[]
    readonly audience: readonly string[]
    readonly refreshToken: string | undefined
    readonly code?: string
  },
): Promise<TokenAnswer> {
  const { client, grant, user, scopes, audience, refreshToken, code } = input
  const { token, expiresIn } = await tokens.issueAccessToken({ client, grant, scopes, audience, user })
  const idToken = scopes.includes('openid')
    ? await tokens.issueIdToken({ client, grant, user, accessToken: token, ...(code === undefined ? {} : { code }) })
    : undefined
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
    scope: scopes.join(' '),
  }
}
