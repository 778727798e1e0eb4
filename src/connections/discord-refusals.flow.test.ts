import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AccountHandle } from './account/account-handle.ts'
import { createDiscordRig, type DiscordRig } from './testing/discord-rig.fixture.ts'
import { DOT, EVE } from './testing/fake-discord.fixture.ts'
import { attempt } from './testing/rig.fixture.ts'

const ME = { method: 'GET', path: '/users/@me' } as const
const PROFILE = '/api/v10/users/@me'
const limited = (seconds: number) => ({
  status: 429,
  headers: { 'x-ratelimit-scope': 'user', 'retry-after': String(seconds) },
  body: { message: 'You are being rate limited.', retry_after: seconds, global: false },
})
const LIMITED = Array.from({ length: 60 }, () => limited(60))

let rig: DiscordRig
beforeAll(async () => {
  rig = await createDiscordRig({ discord: { requestsPerSecond: 50 } })
})
afterAll(() => rig.close())
afterEach(async () => {
  rig.discord.misbehave(PROFILE)
  rig.discord.settings.refuses = false
  await rig.test.shift(0)
})

/** What came to the profile meanwhile. */
async function askedDuring(work: () => Promise<unknown>): Promise<number> {
  const before = rig.discord.count(PROFILE)
  await work()
  return rig.discord.count(PROFILE) - before
}
const runs = (many: number, ...handles: AccountHandle[]) =>
  Promise.all(handles.flatMap((handle) => Array.from({ length: many }, () => attempt(handle.send(ME)))))

describe('many runs of one account that Discord refuses (10,000 refused requests block this address)', () => {
  it('a 429 of scope user is heard by all of them: they wait for as long, and do not ask', async () => {
    const { account, handle } = await rig.join()
    const other = (await rig.another()).account(account)
    rig.discord.misbehave(PROFILE, ...LIMITED)
    let outcomes: unknown[] = []
    const asked = await askedDuring(async () => {
      outcomes = await runs(20, handle)
      outcomes.push(...(await runs(20, other)))
    })
    expect(asked).toBeLessThanOrEqual(3)
    expect(outcomes.at(-1)).toMatchObject({
      ...{ kind: 'rate_limited', code: 'provider_busy', retryAfter: 60 },
      message: 'Discord asks for a pause. Trivet goes on by itself in 60 seconds.',
    })
  })

  it('other accounts go on, a second connection of the same one does not', async () => {
    const { handle } = await rig.join({ ...DOT, id: '90000000000000011' })
    const twin = await rig.join({ ...DOT, id: '90000000000000011' })
    const eve = await rig.join(EVE)
    rig.discord.misbehave(PROFILE, limited(60))
    expect((await handle.send(ME)).status).toBe(429)
    expect(await attempt(twin.handle.send(ME))).toMatchObject({ code: 'provider_busy' })
    expect((await eve.handle.send(ME)).status).toBe(200)
  })

  it('after the pause one call finds out whether it is over, the others hear of it', async () => {
    const { handle } = await rig.join({ ...DOT, id: '90000000000000013' })
    rig.discord.misbehave(PROFILE, ...Array.from({ length: 60 }, () => limited(0)))
    await handle.send(ME)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await askedDuring(() => runs(20, handle))).toBe(1)
    rig.discord.misbehave(PROFILE)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await handle.send(ME)).status).toBe(200)
    expect(await runs(5, handle)).toEqual(Array(5).fill('sent'))
  })

  it('a refused token is not sent by those who still wait, nor is the renewed one when that is refused too', async () => {
    const { handle } = await rig.join({ ...DOT, id: '90000000000000014' })
    rig.discord.settings.refuses = true
    let outcomes: unknown[] = []
    const asked = await askedDuring(async () => {
      outcomes = await runs(60, handle)
    })
    expect(asked).toBeLessThanOrEqual(8)
    expect(outcomes).toContainEqual(expect.objectContaining({ code: 'token_refused' }))
    expect(rig.discord.count('/api/oauth2/token', 'refresh_token')).toBe(1)
  })

  // The last one: turns that were taken at a later time keep the earlier one waiting.
  it('goes on when the pause is over, also after a restart, and is not kept longer by a clock that was put back', async () => {
    const { account, handle } = await rig.join({ ...DOT, id: '90000000000000012' })
    rig.discord.misbehave(PROFILE, limited(60))
    await handle.send(ME)
    await rig.test.shift(61)
    expect((await (await rig.another()).account(account).send(ME)).status).toBe(200)
    await rig.test.shift(-7200)
    expect(await attempt((await rig.another()).account(account).send(ME))).toMatchObject({ retryAfter: 3600 })
  })
})
