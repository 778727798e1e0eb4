import { afterAll, beforeAll, expect, it } from 'vitest'
import { Failure } from '#base'
import type { AccountHandle } from './account/account-handle.ts'
import { createDiscordRig, type DiscordRig } from './testing/discord-rig.fixture.ts'
import { EVE } from './testing/fake-discord.fixture.ts'

const LIMIT = 20
const WEEK = 604_800
const ME = { method: 'GET', path: '/users/@me' } as const

let rig: DiscordRig
beforeAll(async () => {
  rig = await createDiscordRig({ discord: { requestsPerSecond: LIMIT } })
  rig.discord.settings.limit = LIMIT
})
afterAll(() => rig.close())

/** As the engine does. */
async function untilSent(handle: AccountHandle): Promise<void> {
  for (;;) {
    try {
      return void (await handle.send(ME))
    } catch (error) {
      if (!(error instanceof Failure) || error.data.retryAfter === undefined) throw error
      const { retryAfter } = error.data
      await new Promise((resolve) => setTimeout(resolve, retryAfter * 1000))
    }
  }
}

it('20 visitors at once, two processes, one limit: all succeed, no call is refused, no token is renewed twice', async () => {
  const other = await rig.another()
  const visitors = Array.from({ length: 20 }, (_, n) => ({ ...EVE, id: String(90_000_000_000_000_000n + BigInt(n)) }))
  const joined = await Promise.all(
    visitors.map(async (user) => {
      const browser = rig.browser()
      const answer = await rig.back(browser, rig.discord.agree(await rig.toDiscord(browser), user))
      expect(answer.location).toBe('/avatars?run=7')
      const { id, owner_id } = await rig.tables
        .selectFrom('connection')
        .selectAll()
        .where('account_id', '=', user.id)
        .executeTakeFirstOrThrow()
      return { ownerId: owner_id, connectionId: id, need: { provider: 'discord', scopes: ['identify'] } }
    }),
  )
  await rig.test.shift(WEEK + 1)
  const handles = joined.flatMap((account) => [rig.connections.account(account), other.account(account)])
  await Promise.all(handles.map(untilSent))

  expect(rig.discord.refused()).toBe(0)
  expect(rig.discord.busiestSecond()).toBeLessThanOrEqual(LIMIT)
  // For each a code, a profile, one refresh, and a call from each process.
  expect(rig.discord.count('/api/oauth2/token', 'refresh_token')).toBe(20)
  expect(rig.discord.arrivals).toHaveLength(20 * 5)
}, 40_000)
