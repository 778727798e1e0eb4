import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDiscordRig, type DiscordRig } from '../testing/discord-rig.fixture.ts'
import { EVE } from '../testing/fake-discord.fixture.ts'

let rig: DiscordRig
beforeAll(async () => {
  rig = await createDiscordRig({
    discord: { redirectPath: '/get_avatar', requestsPerSecond: 2 },
    before: (server) => void server.get('/get_avatar', async (_request, reply) => reply.redirect('/avatars', 302)),
  })
})
afterAll(() => rig.close())

describe('one address that asks for the pages of a sign-in hundreds of times', () => {
  it.each([
    ['the button', 'GET', '/connect/discord', 200],
    ['its form', 'POST', '/connect/discord', 403],
    ['the callback', 'GET', '/connect/discord/callback?state=x&code=y', 400],
    ['the callback of a form post', 'POST', '/connect/discord/callback', 303],
    ['the further path of the settings', 'GET', '/get_avatar?state=x&code=y', 400],
    ['how it went', 'GET', '/connect/discord/outcome/01a1f958-6492-7932-9707-aea58b385458', 400],
  ])('is told to wait after 60 in ten seconds, and nobody else is: %s', async (_what, method, path, usual) => {
    const [hasty, other] = [rig.browser(), rig.browser()]
    const ask = async ({ get, post }: typeof hasty) => (method === 'GET' ? get(path) : post(path, {}))
    const answers = await Promise.all(Array.from({ length: 61 }, () => ask(hasty)))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(1)
    expect(refused[0]?.body).toContain('too_many_requests')
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answers.filter(({ status }) => status === usual)).toHaveLength(60)
    expect((await ask(other)).status).toBe(usual)
  })

  it('a form at the further path is not limited by it', async () => {
    const browser = rig.browser()
    const answers = await Promise.all(Array.from({ length: 61 }, () => browser.get('/get_avatar?seed=x')))
    expect(answers.every(({ status }) => status === 302)).toBe(true)
  })
})

it('20 callbacks of one browser at once keep nobody else from signing in: three wait, the others are told so', async () => {
  const [greedy, other] = [rig.browser(), rig.browser()]
  await greedy.submit('/connect/discord', { scopes: 'identify' }, '/connect/discord')
  const queries: URLSearchParams[] = []
  for (let n = 0; n < 20; n += 1) queries.push(rig.discord.agree(await rig.toDiscord(greedy)))
  for (const query of queries) query.set('code', 'made-up')
  const own = rig.discord.agree(await rig.toDiscord(other), EVE)
  const flood = Promise.all(queries.map((query) => rig.back(greedy, query)))
  const began = performance.now()
  expect((await rig.back(other, own)).location).toBe('/avatars?run=7')
  // Two turns behind three others, at 1.6 in a second.
  expect(performance.now() - began).toBeLessThan(5000)
  const shown = await Promise.all((await flood).map(({ location }) => greedy.get(location)))
  const busy = shown.filter(({ body }) => body.includes('provider_busy'))
  expect(busy).toHaveLength(17)
  expect(busy[0]?.body).toContain('more sign-ins wait for it here than it takes')
}, 20_000)
