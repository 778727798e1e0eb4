import type { AccountHandle } from '#connections'
import { createDiscord, type Discord } from './discord.ts'

/** Discord as a mash-up uses it. */
export type MashupDiscord = Discord & {
  /** Whose account it is, by the display name. */
  readonly accountName: string
}

/** Discord for a mash-up's `connect`. */
export function discord<const N extends { readonly scopes: readonly string[]; readonly why: string }>(need: N) {
  return {
    ...need,
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
