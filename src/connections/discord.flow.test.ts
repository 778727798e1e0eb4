import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDiscordRig, type DiscordRig, IDENTIFY } from './testing/discord-rig.fixture.ts'
import { DOT, EVE } from './testing/fake-discord.fixture.ts'
import { attempt, NEED } from './testing/rig.fixture.ts'

const USUAL = {
  refuses: false,
  profile: (user: object) => ({ discriminator: '0', ...user }),
  tokens: (answer: object) => answer,
}

let rig: DiscordRig
beforeAll(async () => {
  rig = await createDiscordRig()
})
afterAll(() => rig.close())
afterEach(async () => {
  await rig.test.shift(0)
  Object.assign(rig.discord.settings, USUAL)
})

const WEEK = 604_800
const ME = { method: 'GET', path: '/users/@me' } as const
const TOKEN = '/api/oauth2/token'
const PROFILE = '/api/v10/users/@me'

describe('OAuth without OpenID Connect', () => {
  it('asks for identify alone, with state and PKCE, and sends nothing that only OpenID Connect knows', async () => {
    const { searchParams } = new URL(await rig.toDiscord(rig.browser()))
    expect(Object.fromEntries(searchParams)).toEqual({
      response_type: 'code',
      client_id: rig.discord.config.clientId,
      redirect_uri: `${rig.publicUrl}/connect/discord/callback`,
      scope: 'identify',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      prompt: 'consent',
    })
  })

  it('sends no login_hint when an account is connected again', async () => {
    const { browser, row } = await rig.join()
    expect(new URL(await rig.toDiscord(browser, { connection: row.id })).searchParams.has('login_hint')).toBe(false)
  })

  it('stores whose account it is: id, display name and a still picture from the base of the settings', async () => {
    const { row, answer } = await rig.join()
    expect(answer.location).toBe('/avatars?run=7')
    expect(row).toMatchObject({
      provider: 'discord',
      issuer: rig.discord.url,
      account_id: DOT.id,
      account_name: 'Dot Dorn',
      account_picture: `${rig.discord.url}/cdn/avatars/${DOT.id}/${DOT.avatar}.png?size=128`,
      granted_scopes: ['identify'],
    })
    expect((await rig.join(EVE)).row).toMatchObject({
      account_name: 'eve',
      account_picture: `${rig.discord.url}/cdn/embed/avatars/5.png`,
    })
  })

  it('takes no ID token for proof that nobody asked for', async () => {
    rig.discord.settings.tokens = (answer) => ({ ...answer, id_token: 'not.a.token' })
    const { row } = await rig.join()
    expect(row.status).toBe('active')
  })

  it('introduces itself at every endpoint as Discord wants it (reference, "User Agent")', async () => {
    const { browser, row, handle } = await rig.join({ ...EVE, id: '90000000000000001' })
    await handle.send(ME)
    await browser.submit(`/connections/${row.id}/disconnect`, {}, '/connect/discord')
    expect(new Set(rig.discord.arrivals.map(({ path }) => path)).size).toBe(3)
    expect(new Set(rig.discord.arrivals.map(({ userAgent }) => userAgent))).toEqual(
      new Set([`DiscordBot (${rig.publicUrl}, 1.2.3)`]),
    )
  })

  it.each([
    ['a number', 80351110224678912],
    ['beyond 64 bits', '18446744073709551616'],
    ['a text', 'abc'],
    ['signed', '-1'],
    ['nothing', undefined],
  ])('refuses an id that is no snowflake: %s', async (_what, id) => {
    rig.discord.settings.profile = (user) => ({ ...user, id })
    const browser = rig.browser()
    const answer = await rig.back(browser, rig.discord.agree(await rig.toDiscord(browser)))
    expect((await browser.get(answer.location)).body).toContain('provider_unavailable')
  })

  it('takes no answer of another issuer (RFC 9207), and takes one without iss', async () => {
    const browser = rig.browser()
    const query = rig.discord.agree(await rig.toDiscord(browser))
    query.set('iss', 'https://discord.com')
    const { location } = await rig.back(browser, query)
    expect((await browser.get(location)).body).toContain('wrong_issuer')
    const other = rig.discord.agree(await rig.toDiscord(browser))
    other.delete('iss')
    expect((await rig.back(browser, other)).location).toBe('/avatars?run=7')
  })

  it('keeps providers apart: a state of one is nothing at the other’s callback', async () => {
    const browser = rig.browser()
    const query = rig.discord.agree(await rig.toDiscord(browser))
    const mixed = await browser.get(`/connect/google/callback?${query}`)
    expect(mixed.body).toContain('callback_unknown')
    // It is not spent by that.
    expect((await rig.back(browser, query)).location).toBe('/avatars?run=7')
    await rig.connect(browser)
    const { row } = await rig.join(DOT, browser)
    expect(await rig.connections.check(row.owner_id, IDENTIFY)).toMatchObject({ connection: { provider: 'discord' } })
    expect(await rig.connections.check(row.owner_id, NEED)).toMatchObject({ connection: { provider: 'google' } })
    expect(await rig.connections.list(row.owner_id)).toHaveLength(2)
  })

  it('pauses at nothing else than what was granted', async () => {
    const { row } = await rig.join()
    await rig.tables
      .updateTable('connection')
      .set({ granted_scopes: ['email'] })
      .where('id', '=', row.id)
      .execute()
    const handle = rig.connections.account({ ownerId: row.owner_id, connectionId: row.id, need: IDENTIFY })
    expect(await attempt(handle.send(ME))).toMatchObject({ kind: 'missing_scope', connectionId: row.id })
  })
})

describe('the consent page', () => {
  const promptOf = async (...args: Parameters<DiscordRig['toDiscord']>) =>
    new URL(await rig.toDiscord(...args)).searchParams.get('prompt')

  it('is skipped where this owner’s grant covers what is asked and is alive, and nowhere else', async () => {
    const { browser, row } = await rig.join()
    expect(await promptOf(browser)).toBe('none')
    expect(await promptOf(browser, { connection: row.id })).toBe('none')
    expect(await promptOf(browser, { choose_account: 'yes' })).toBe('consent')
    expect(await promptOf(rig.browser())).toBe('consent')
    const set = (values: object) => rig.tables.updateTable('connection').set(values).where('id', '=', row.id).execute()
    await set({ granted_scopes: [] })
    expect(await promptOf(browser)).toBe('consent')
    await set({ granted_scopes: ['identify'], issuer: 'https://discord.com' })
    expect(await promptOf(browser)).toBe('consent')
    await set({ issuer: row.issuer, status: 'needs_reconnect' })
    for (const [reason, prompt] of [
      ['grant_dead', 'consent'],
      ['token_refused', 'consent'],
      [null, 'consent'],
      // The grant may well live on: only its tokens are lost.
      ['renewal_lost', 'none'],
      ['tokens_unreadable', 'none'],
    ] as const) {
      await set({ reason })
      expect(await promptOf(browser)).toBe(prompt)
      expect(await promptOf(browser, { connection: row.id })).toBe(prompt)
    }
  })

  it('is shown after all where the grant is gone without our knowing', async () => {
    const { browser } = await rig.join()
    rig.discord.forget(DOT)
    rig.discord.prompts.length = 0
    const { answer, row } = await rig.join(DOT, browser)
    expect(rig.discord.prompts).toEqual(['none', 'consent'])
    expect(answer.location).toBe('/avatars?run=7')
    expect(row.status).toBe('active')
  })

  it.each(['login_required', 'interaction_required', 'account_selection_required'])(
    'is shown after %s, and not a third time',
    async (error) => {
      const { browser } = await rig.join()
      const refused = async (location: string) => {
        const state = new URL(location).searchParams.get('state') ?? ''
        return (await rig.back(browser, new URLSearchParams({ error, state }))).location
      }
      const again = await refused(await rig.toDiscord(browser))
      expect(new URL(again).searchParams.get('prompt')).toBe('consent')
      expect(await refused(again)).toMatch(/^\/connect\/discord\/outcome\//)
    },
  )

  it('is not begun again for a denial', async () => {
    const { browser } = await rig.join()
    const state = new URL(await rig.toDiscord(browser)).searchParams.get('state') ?? ''
    const { location } = await rig.back(browser, new URLSearchParams({ error: 'access_denied', state }))
    expect(location).toBe('/avatars?run=7&connect=denied&provider=discord')
  })
})

describe('refresh tokens that work once', () => {
  it('are used once by 20 calls at once from two processes, without a visit to Discord’s pages', async () => {
    const { account, handle, row } = await rig.join()
    await rig.test.shift(WEEK + 1)
    const other = (await rig.another()).account(account)
    const before = rig.discord.count(TOKEN, 'refresh_token')
    const { length } = rig.discord.prompts
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? other : handle).send(ME)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(rig.discord.count(TOKEN, 'refresh_token')).toBe(before + 1)
    expect(rig.discord.prompts).toHaveLength(length)
    expect(await rig.row(row.id)).toMatchObject({ token_version: 2, status: 'active' })
  })

  it('are not touched while the access token is valid', async () => {
    const { handle } = await rig.join()
    const before = rig.discord.count(TOKEN, 'refresh_token')
    await handle.send(ME)
    await handle.send(ME)
    expect(rig.discord.count(TOKEN, 'refresh_token')).toBe(before)
  })

  it('refused: the account has to be connected again, with consent, and works after that', async () => {
    const { handle, browser, row } = await rig.join()
    rig.discord.forget(DOT)
    expect(await attempt(handle.send(ME))).toMatchObject({ kind: 'needs_reconnect', connectionId: row.id })
    rig.discord.prompts.length = 0
    await rig.join(DOT, browser, { connection: row.id })
    expect(rig.discord.prompts).toEqual(['consent'])
    expect(await attempt(handle.send(ME))).toBe('sent')
  })

  it('end with a disconnection, unless somebody else here lives on the same grant', async () => {
    rig.discord.forget(DOT)
    await rig.tables.deleteFrom('connection').execute()
    const [first, second] = [await rig.join(), await rig.join()]
    const leave = ({ browser, row }: typeof first) =>
      browser.submit(`/connections/${row.id}/disconnect`, {}, '/connect/discord')
    expect((await leave(first)).location).toContain('upstream=kept')
    expect(await attempt(second.handle.send(ME))).toBe('sent')
    expect((await leave(second)).location).toContain('upstream=revoked')
  })
})

describe('a token that is refused right after renewal (discord-api-docs issue 6769)', () => {
  it('is left alone for a minute, is tried once more, and then the account has to be connected again', async () => {
    const { account, handle, row } = await rig.join()
    const other = (await rig.another()).account(account)
    rig.discord.settings.refuses = true
    const asked = rig.discord.count(PROFILE)
    expect(await attempt(handle.send(ME))).toMatchObject({
      kind: 'rate_limited',
      code: 'token_refused',
      retryAfter: 60,
    })
    expect(rig.discord.count(PROFILE)).toBe(asked + 2)
    for (const one of [handle, other, handle]) {
      expect(await attempt(one.send(ME))).toMatchObject({ code: 'token_refused', connectionId: row.id })
    }
    expect(rig.discord.count(PROFILE)).toBe(asked + 2)
    await rig.test.shift(61)
    expect(await attempt(handle.send(ME))).toMatchObject({
      kind: 'needs_reconnect',
      message: expect.stringContaining('refuses it all the same'),
    })
    expect(rig.discord.count(PROFILE)).toBe(asked + 3)
    expect(await attempt(other.send(ME))).toMatchObject({ kind: 'needs_reconnect' })
    expect(rig.discord.count(PROFILE)).toBe(asked + 3)
  })

  it('is forgotten when the next one works', async () => {
    const { handle, row } = await rig.join()
    rig.discord.settings.refuses = true
    await attempt(handle.send(ME))
    rig.discord.settings.refuses = false
    await rig.test.shift(61)
    expect(await attempt(handle.send(ME))).toBe('sent')
    expect(await rig.row(row.id)).toMatchObject({ status: 'active', last_failure: null, retry_not_before: null })
  })
})

describe('answers of somebody in between', () => {
  const page = { status: 403, headers: { 'content-type': 'text/html' }, body: '<h1>Sorry, you have been blocked</h1>' }

  it.each([
    ['a block page at the token endpoint', TOKEN, page, 'provider_unavailable'],
    ['a page in place of tokens', TOKEN, { ...page, status: 200 }, 'provider_unavailable'],
    ['a block page for the profile', PROFILE, page, 'provider_unavailable'],
    [
      'a pause at the token endpoint',
      TOKEN,
      { status: 429, body: { retry_after: 1.5, global: false } },
      'provider_busy',
    ],
    ['a pause for the profile', PROFILE, { status: 429, headers: { 'retry-after': '2' } }, 'provider_busy'],
  ] as const)('end the sign-in with a clear word: %s', async (_what, path, wrong, code) => {
    const browser = rig.browser()
    const query = rig.discord.agree(await rig.toDiscord(browser))
    rig.discord.misbehave(path, wrong)
    const { location } = await rig.back(browser, query)
    expect((await browser.get(location)).body).toContain(code)
  })

  it('lose nobody a grant: a refresh that meets a block page is tried again later', async () => {
    const { handle, row } = await rig.join()
    await rig.test.shift(WEEK + 1)
    rig.discord.misbehave(TOKEN, page)
    expect(await attempt(handle.send(ME))).toMatchObject({ kind: 'transient', code: 'provider_unavailable' })
    await rig.test.shift(WEEK + 10)
    expect(await attempt(handle.send(ME))).toBe('sent')
    expect(await rig.row(row.id)).toMatchObject({ status: 'active' })
  })

  it('are waited out as the body says, a float of seconds', async () => {
    const { handle } = await rig.join()
    await rig.test.shift(WEEK + 1)
    rig.discord.misbehave(TOKEN, { status: 429, body: { message: 'x', retry_after: 64.57, global: false } })
    expect(await attempt(handle.send(ME))).toMatchObject({ code: 'provider_busy', retryAfter: 65 })
  })
})

describe('what is known of an account', () => {
  it('follows the profile that a run has read; nothing else does', async () => {
    const { handle, row } = await rig.join()
    await handle.learn({ ...DOT, global_name: 'Dot\u202e the\u0000 First', avatar: null })
    expect(await rig.row(row.id)).toMatchObject({
      account_name: 'Dot the First',
      account_picture: `${rig.discord.url}/cdn/embed/avatars/5.png`,
    })
    for (const other of [{ ...EVE, global_name: 'Eve' }, { ...DOT, id: 7 }, '<html>', null]) await handle.learn(other)
    expect(await rig.row(row.id)).toMatchObject({ account_name: 'Dot the First' })
  })
})
