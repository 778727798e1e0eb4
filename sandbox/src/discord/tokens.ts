import type { TokenFormat } from '../oauth/realm.ts'
import type { Surroundings } from '../provider.ts'

/** Seven days (developers/topics/oauth2); no number of refresh tokens is named. */
export const formatTokens = (random: Surroundings['random']): TokenFormat => ({
  access: () => random(22).toString('base64url'),
  refresh: () => random(22).toString('base64url'),
  accessSeconds: 604_800,
  liveRefreshTokens: Number.POSITIVE_INFINITY,
})
