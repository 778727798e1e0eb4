import type { AccountHandle } from '#connections'
import { requireScopes } from '../require-scopes.ts'
import { createDiscord, type Discord } from './discord.ts'

/** Discord as a mash-up uses it. */
export type MashupDiscord = Discord & {
  /** Whose account it is, by the display name. */
  readonly accountName: string
}

/** Scopes of Discord that a mash-up can do something with: `identify` is name, picture and id. */
export type DiscordScope = 'identify'

/**
 * Discord for a mash-up's `connect`.
 *
 * @param need.why for the person, beginning with "to": "to sign the note with your name"
 * @throws Error for a scope that is not known
 */
export function discord(need: { readonly scopes: readonly DiscordScope[]; readonly why: string }) {
  return {
    ...need,
    scopes: requireScopes('discord', need.scopes, ['identify']),
    provider: 'discord',
    client(account: AccountHandle): MashupDiscord {
      return {
        get accountName() {
          return account.name
        },
        me: createDiscord(account).me,
      }
    },
  }
}
