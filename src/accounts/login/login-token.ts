import { type Clock, newId } from '#base'
import type { User } from '../user.ts'

/** What this room needs of the signer of #crypto. */
export type TokenSigner = {
  sign(payload: Record<string, unknown>, options: { typ: string; alg: 'ES256' }): Promise<string>
  /** The claims of a token of ours that is alive and exactly of this type; else undefined. */
  verify(
    token: string,
    options: { typ: string; issuer: string; audience: string; alg: readonly 'ES256'[] },
  ): Promise<Record<string, unknown> | undefined>
}

/** Somebody who showed a login token, and when and how they had signed in for it. */
export type BearerUser = User & { readonly authTime: Date; readonly amr: readonly string[] }

/** Tokens of `POST /login`: good for /authorize, `POST /client` and the account API, and nothing else (security §11.3). */
export type LoginTokens = {
  issue(user: User, how: { readonly amr: readonly string[] }): Promise<string>
  /** Undefined for whatever is wrong: another kind of token, over, or ended by logout, password change or disabling. */
  verify(token: string): Promise<BearerUser | undefined>
}

const TYPE = 'login+jwt'
const CLIENT = 'trivet-login'
const SCOPE = 'trivet:login'
const SECONDS = 15 * 60

export function createLoginTokens(deps: {
  signer: TokenSigner
  issuer: string
  clock: Clock
  findUser: (publicId: string) => Promise<User | undefined>
}): LoginTokens {
  const { signer, issuer, clock } = deps
  return {
    issue(user, { amr }) {
      const now = Math.floor(clock.now().getTime() / 1000)
      const claims = {
        iss: issuer,
        aud: issuer,
        sub: user.publicId,
        client_id: CLIENT,
        scope: SCOPE,
        iat: now,
        exp: now + SECONDS,
        auth_time: now,
        amr,
        // Ends with the next logout, password change or disabling: the row of the user counts them.
        epoch: user.loginEpoch,
        jti: newId(),
      }
      return signer.sign(claims, { typ: TYPE, alg: 'ES256' })
    },
    async verify(token) {
      const claims = await signer.verify(token, { typ: TYPE, issuer, audience: issuer, alg: ['ES256'] })
      if (claims?.['client_id'] !== CLIENT || claims['scope'] !== SCOPE || claims['aud'] !== issuer) return undefined
      const { sub, epoch, auth_time: authTime, amr } = claims
      if (typeof sub !== 'string' || typeof authTime !== 'number' || !isTexts(amr)) return undefined
      const user = await deps.findUser(sub)
      if (!user || user.loginEpoch !== epoch) return undefined
      return { ...user, authTime: new Date(authTime * 1000), amr }
    },
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

/** The token of an `Authorization: Bearer` header (RFC 6750 §2.1; the scheme in any case, RFC 9110 §11.1). */
export function readBearer(header: string | undefined): string | undefined {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(header ?? '')?.[1]
}
