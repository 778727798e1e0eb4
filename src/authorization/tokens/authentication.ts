import type { Grant } from '../store/grant.ts'

/** How sure we were, by the number of factors (OpenID Connect Core §2: a URI of one's own, or a registered name). */
export const ACR = { oneFactor: 'urn:trivet:acr:1fa', severalFactors: 'urn:trivet:acr:mfa' } as const

/** About the sign-in that a grant came from (OpenID Connect Core §2, RFC 9068 §2.2.1); `amr` by the names of RFC 8176. */
export function authentication({ authTime, acr, amr }: Pick<Grant, 'authTime' | 'acr' | 'amr'>) {
  return {
    ...(authTime === null ? {} : { auth_time: Math.floor(authTime.getTime() / 1000) }),
    acr: acr ?? acrOf(amr),
    amr: [...amr],
  }
}

/** What a sign-in by these methods is worth (RFC 8176: `mfa` is there when there were several factors). */
export function acrOf(amr: readonly string[]): string {
  return amr.includes('mfa') ? ACR.severalFactors : ACR.oneFactor
}
