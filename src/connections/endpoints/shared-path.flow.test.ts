import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StartError } from '#base'
import { createDiscordRig, type DiscordRig } from '../testing/discord-rig.fixture.ts'

let rig: DiscordRig
beforeAll(async () => {
  rig = await createDiscordRig({
    discord: { redirectPath: '/get_avatar' },
    // A mash-up's form that is at the root as well.
    before(server) {
      server.get('/get_avatar', async (_request, reply) => reply.redirect('/avatars', 302))
      server.post('/get_avatar', async (_request, reply) => reply.redirect('/avatars/get_avatar', 308))
      server.get('/elsewhere', async () => 'elsewhere')
    },
  })
})
afterAll(() => rig.close())

describe('DISCORD_REDIRECT_PATH where a form lives already (seed 001: /get_avatar)', () => {
  it('is what Discord is told, and takes its answer', async () => {
    const browser = rig.browser()
    const location = await rig.toDiscord(browser)
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(`${rig.publicUrl}/get_avatar`)
    const answer = await browser.get(`/get_avatar?${rig.discord.agree(location)}`)
    expect(answer).toMatchObject({ status: 303, location: '/avatars?run=7' })
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect((await rig.connections.list((await rig.onlyRow()).owner_id))[0]).toMatchObject({ accountName: 'Dot Dorn' })
  })

  it('takes a denial too, and says what is wrong with an answer that is nobody’s', async () => {
    const browser = rig.browser()
    const state = new URL(await rig.toDiscord(browser)).searchParams.get('state') ?? ''
    const denied = await browser.get(`/get_avatar?${new URLSearchParams({ error: 'access_denied', state })}`)
    expect(denied.location).toContain('connect=denied')
    expect((await browser.get('/get_avatar?code=x')).body).toContain('callback_malformed')
    expect((await browser.get('/get_avatar?state=x&code=y')).body).toContain('callback_unknown')
  })

  it('leaves everything else to the form: other queries, POST, HEAD, other paths', async () => {
    const browser = rig.browser()
    for (const path of ['/get_avatar', '/get_avatar?seed=x&style=y', '/get_avatar?toString=1']) {
      expect(await browser.get(path)).toMatchObject({ status: 302, location: '/avatars' })
    }
    expect(await browser.post('/get_avatar', { state: 'x', code: 'y' })).toMatchObject({ status: 308 })
    expect((await fetch(`${rig.publicUrl}/get_avatar?state=x`, { method: 'HEAD', redirect: 'manual' })).status).toBe(
      302,
    )
    expect((await browser.get('/elsewhere?state=x&code=y')).body).toBe('elsewhere')
  })

  it('keeps the usual callback as well', async () => {
    expect((await rig.browser().get('/connect/discord/callback?state=x&code=y')).body).toContain('callback_unknown')
  })
})

it('two providers are never sent back to one path (RFC 9700 §4.4.2.2)', async () => {
  const starting = createDiscordRig({
    discord: { redirectPath: '/callback' },
    provider: { redirectPath: '/callback' },
  })
  await expect(starting).rejects.toThrow(StartError)
})
