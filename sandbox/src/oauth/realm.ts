import type { Surroundings } from '../provider.ts'
import type { OAuthRecords } from './records.ts'

/** What the tokens of one authorization server look like, and how long they live. */
export type TokenFormat = {
  access(): string
  refresh(): string
  accessSeconds: number
  /** The oldest beyond so many, of one person and app, is dropped silently. */
  liveRefreshTokens: number
}

/** What every part of an imitated authorization server works with. */
export type OAuthRealm = Surroundings & {
  /** Prefix of its addresses, tables and faults. */
  provider: string
  /** As its pages call it: `Sandbox Google`. */
  title: string
  format: TokenFormat
  records: OAuthRecords
}

/** RFC 9207: sent as `iss` on every callback. */
export const issuerOf = ({ site, provider }: OAuthRealm) => site.url(`/${provider}`)

/** The callback with these parameters (RFC 6749, 4.1.2), the redirect address's own query kept. */
export function callbackUrl(redirectUri: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.append(name, value)
  return url.href
}
