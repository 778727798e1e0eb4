import type { OAuthProviderConfig } from '#config'
import type { Browser } from './browser.fixture.ts'
import { startFakeDiscord, type User } from './fake-discord.fixture.ts'
import { createRig, NEED, type RigOptions } from './rig.fixture.ts'

export const IDENTIFY = { provider: 'discord', scopes: ['identify'] }

/** The rig with a Discord beside the Google. */
export async function createDiscordRig(
  options: Omit<RigOptions, 'discord'> & { readonly discord?: Partial<OAuthProviderConfig> } = {},
) {
  const { discord: changed, ...deps } = options
  const discord = await startFakeDiscord()
  const rig = await createRig({
    declaredScopes: () => [NEED, IDENTIFY],
    discord: { ...discord.config, ...changed },
    allow: [discord.host],
    ...deps,
  })

  const own = {
    ...rig,
    discord,
    /** As far as Discord's page. */
    async toDiscord(browser: Browser, fields: Record<string, string> = {}): Promise<string> {
      const form = { scopes: 'identify', return_to: '/avatars?run=7', ...fields }
      const answer = await browser.submit('/connect/discord', form, '/connect/discord')
      if (answer.status !== 303) throw new Error(`not begun: ${answer.status} ${answer.body}`)
      return answer.location
    },
    back: (browser: Browser, query: URLSearchParams) => browser.get(`/connect/discord/callback?${query}`),
    /** From the button to a stored connection, by way of a second page where one is shown. */
    async join(user?: User, browser = rig.browser(), fields: Record<string, string> = {}) {
      let answer = await own.back(browser, discord.agree(await own.toDiscord(browser, fields), user))
      if (answer.location.startsWith(discord.url)) {
        answer = await own.back(browser, discord.agree(answer.location, user))
      }
      const row = await rig.tables
        .selectFrom('connection')
        .selectAll()
        .where('provider', '=', 'discord')
        .orderBy('connected_at', 'desc')
        .executeTakeFirstOrThrow()
      const account = { ownerId: row.owner_id, connectionId: row.id, need: IDENTIFY }
      return { browser, answer, row, account, handle: rig.connections.account(account) }
    },
    onlyRow: () => rig.tables.selectFrom('connection').selectAll().executeTakeFirstOrThrow(),
    async close() {
      await rig.close()
      await discord.close()
    },
  }
  return own
}

export type DiscordRig = Awaited<ReturnType<typeof createDiscordRig>>
