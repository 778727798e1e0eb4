import { type Clock, systemClock } from '#base'
import type { AccountHandle } from '#connections'
import { discordFailure, failedCall } from './failed-request.ts'
import { type DiscordProfile, parseProfile } from './profile.ts'

/** Discord's API, v10, for one account (docs.discord.com/developers). */
export type Discord = {
  /**
   * The account's own profile; name and picture of the connection follow it.
   *
   * @throws Failure `discord_rate_limited` (with `retryAfter`), `discord_unavailable`, `discord_reconnect_needed`,
   *   `discord_refused`, and what the account handle throws
   */
  me(options?: { readonly signal?: AbortSignal | undefined }): Promise<DiscordProfile>
}

const MOST_BYTES = 262_144
const TIMEOUT_SECONDS = 20

export function createDiscord(account: AccountHandle, deps: { readonly clock?: Clock } = {}): Discord {
  const { clock = systemClock } = deps
  return {
    async me({ signal } = {}) {
      const { picturesUrl, pictureHosts } = account
      if (picturesUrl === undefined) throw new TypeError(`an account at ${account.provider} is none at Discord`)
      try {
        const response = await account.send({
          method: 'GET',
          path: '/users/@me',
          headers: { accept: 'application/json' },
          maxBytes: MOST_BYTES,
          timeoutSeconds: TIMEOUT_SECONDS,
          purpose: 'look at the profile',
          signal,
        })
        if (response.status !== 200) throw await discordFailure(response, account, clock.now())
        const user = await response.json()
        const profile = parseProfile(user, { url: picturesUrl, hosts: pictureHosts })
        await account.learn(user)
        return profile
      } catch (error) {
        throw failedCall(error)
      }
    },
  }
}
