import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashSecret } from '#crypto'
import { ANA, BOB } from '../testing/fake-provider.fixture.ts'
import { createRig, DRIVE, NEED, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

describe('beginning', () => {
  it('asks with state, nonce, S256, offline access, granted scopes included, and consent while no refresh token is stored', async () => {
    const asked = new URL(await rig.start(rig.browser())).searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: 'test-client',
      redirect_uri: `${rig.publicUrl}/connect/google/callback`,
      scope: `openid email profile ${DRIVE}`,
      code_challenge_method: 'S256',
      access_type: 'offline',
      include_granted_scopes: 'true',
      prompt: 'consent',
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/)
  })

  it('stores only hashes of state and nonce, and the verifier sealed', async () => {
    const asked = new URL(await rig.start(rig.browser())).searchParams
    const row = await rig.tables
      .selectFrom('authorization_request')
      .selectAll()
      .where('state_hash', '=', hashSecret(asked.get('state') ?? ''))
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({ purpose: 'connect', provider: 'google', issuer: rig.provider.url, used_at: null })
    expect(row.sealed_code_verifier).toMatch(/^v1\./)
    const text = JSON.stringify(row)
    expect(text).not.toContain(asked.get('state'))
    expect(text).not.toContain(asked.get('nonce'))
  })

  it('refuses scopes that nothing declares (security §10.7), and begins nothing', async () => {
    const browser = rig.browser()
    for (const scopes of ['drive', 'https://www.googleapis.com/auth/drive', 'drive.file https://mail.google.com/']) {
      const answer = await browser.submit('/connect/google', { scopes })
      expect(answer.status).toBe(400)
      expect(answer.body).toContain('scope_not_declared')
      expect((await browser.get(`/connect/google?scopes=${encodeURIComponent(scopes)}`)).status).toBe(400)
    }
  })

  it('refuses a POST without the token of a page of ours, and one from another site', async () => {
    const browser = rig.browser()
    expect((await browser.post('/connect/google', { scopes: 'drive.file' })).status).toBe(403)
    const { body } = await browser.get('/connect/google')
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
    const answer = await browser.post('/connect/google', { csrf }, { 'sec-fetch-site': 'cross-site' })
    expect(answer.status).toBe(403)
  })

  it('begins nothing by GET: the page shows what is asked, and a button', async () => {
    const before = await rig.tables.selectFrom('authorization_request').select('id').execute()
    const answer = await rig.browser().get('/connect/google?scopes=drive.file&return_to=/cats')
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('create files in your Google Drive')
    expect(answer.body).toContain('id="connect-submit"')
    expect(answer.headers.get('content-security-policy')).not.toContain('form-action')
    expect(await rig.tables.selectFrom('authorization_request').select('id').execute()).toHaveLength(before.length)
  })

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example/', '/%2f/evil.example'])(
    'refuses the way back %j',
    async (path) => {
      const browser = rig.browser()
      for (const name of ['return_to', 'denied_to']) {
        const answer = await browser.submit('/connect/google', { scopes: 'drive.file', [name]: path })
        expect(answer.status).toBe(400)
        expect(answer.body).toContain('bad_return_path')
      }
    },
  )

  it('answers 404 for a provider that is not there, and for a connection of somebody else', async () => {
    expect((await rig.browser().submit('/connect/nobody')).status).toBe(404)
    const { row } = await rig.connect()
    const answer = await rig.browser().submit('/connect/google', { scopes: 'drive.file', connection: row.id })
    expect(answer.status).toBe(404)
    expect((await rig.browser().submit('/connect/google', { connection: 'x' })).status).toBe(404)
  })
})

describe('connecting', () => {
  it('stores account, scopes by long names and sealed tokens, wakes what waits, and goes on to the way back', async () => {
    const { answer, row } = await rig.connect()
    expect(answer.status).toBe(303)
    expect(answer.location).toBe('/cats?run=7')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(row).toMatchObject({
      provider: 'google',
      issuer: rig.provider.url,
      account_id: ANA.sub,
      account_name: ANA.email,
      status: 'active',
      granted_scopes: expect.arrayContaining([DRIVE, 'openid']),
    })
    expect(row.sealed_access_token).toMatch(/^v1\./)
    expect(row.sealed_refresh_token).toMatch(/^v1\./)
    expect(rig.woken).toContainEqual({ ownerId: row.owner_id, connectionId: row.id })
    expect(await rig.connections.check(row.owner_id, NEED)).toMatchObject({ status: 'usable' })
  })

  it('makes one row per account, however often it is connected', async () => {
    const { browser, row } = await rig.connect()
    await rig.connect(browser)
    const list = await rig.connections.list(row.owner_id)
    expect(list).toHaveLength(1)
    expect(list[0]?.id).toBe(row.id)
  })

  it('keeps several accounts apart: the chosen one, else the last used one that is usable', async () => {
    const { browser, row: ana, account } = await rig.connect()
    const { row: bob } = await rig.connect(browser, BOB)
    expect(bob.owner_id).toBe(ana.owner_id)
    const pick = async (id?: string) => {
      const usability = await rig.connections.check(ana.owner_id, NEED, id)
      return usability.status === 'usable' ? usability.connection.accountName : usability.status
    }
    expect(await pick()).toBe(BOB.email)
    expect(await pick(ana.id)).toBe(ANA.email)
    await rig.connections.account(account).send({ method: 'GET', path: '/x' })
    expect(await pick()).toBe(ANA.email)
    await rig.tables.updateTable('connection').set({ status: 'needs_reconnect' }).where('id', '=', ana.id).execute()
    expect(await pick()).toBe(BOB.email)
    expect(await pick(ana.id)).toBe('needs_reconnect')
  })

  it('says missing to a row of another issuer: sandbox and real are never mixed', async () => {
    const { row } = await rig.connect()
    const real = { ...rig.provider.config, issuer: 'https://accounts.google.com' }
    const other = await rig.another({
      config: { publicUrl: rig.publicUrl, providers: { ...rig.providers, google: real } },
    })
    expect(await other.check(row.owner_id, NEED, row.id)).toEqual({ status: 'missing' })
    expect(await other.list(row.owner_id)).toEqual([])
    const handle = other.account({ ownerId: row.owner_id, connectionId: row.id, need: NEED })
    await expect(handle.send({ method: 'GET', path: '/x' })).rejects.toMatchObject({
      data: { kind: 'needs_reconnect' },
    })
  })

  it('says when another account than the expected one was chosen, and keeps both', async () => {
    const { browser, row } = await rig.connect()
    const location = await rig.start(browser, { connection: row.id, return_to: '/runs/1' })
    expect(new URL(location).searchParams.get('login_hint')).toBe(ANA.sub)
    const answer = await rig.agree(browser, location, BOB)
    expect(answer.location).toMatch(/^\/connections\?notice=other_account&connection=/)
    const { body } = await browser.get(answer.location)
    expect(body).toContain('That was another account')
    expect(body).toContain('href="/runs/1"')
    expect(await rig.connections.list(row.owner_id)).toHaveLength(2)
  })

  it('stores what was granted when a scope was not, and says which is missing', async () => {
    const browser = rig.browser()
    const location = await rig.start(browser)
    const answer = await rig.callback(browser, rig.provider.agree(location, ANA, [DRIVE]))
    expect(answer.location).toBe('/cats?run=7')
    const row = await rig.tables.selectFrom('connection').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
    expect(await rig.connections.check(row.owner_id, NEED)).toMatchObject({ status: 'missing_scope', missing: [DRIVE] })
    const handle = rig.connections.account({ ownerId: row.owner_id, connectionId: row.id, need: NEED })
    await expect(handle.send({ method: 'GET', path: '/x' })).rejects.toMatchObject({
      data: { kind: 'missing_scope', code: 'connection_missing_scope', connectionId: row.id },
    })
    // Asked again it forces consent, because the stored refresh token does not cover it.
    const again = await rig.start(browser, { connection: row.id })
    expect(new URL(again).searchParams.get('prompt')).toBe('consent')
    await rig.callback(browser, rig.provider.agree(again))
    expect(await rig.connections.check(row.owner_id, NEED, row.id)).toMatchObject({ status: 'usable' })
  })

  it('does not force consent where a refresh token is stored that covers what is needed', async () => {
    const { browser } = await rig.connect()
    expect(new URL(await rig.start(browser)).searchParams.get('prompt')).toBeNull()
    const chosen = new URL(await rig.start(browser, { choose_account: 'yes' })).searchParams
    expect(chosen.get('prompt')).toBe('select_account')
  })

  it('asks once more with forced consent when no refresh token came (facts §4, theme 4)', async () => {
    const { browser, row } = await rig.connect()
    // Bob consented to this client before; the provider gives a refresh token for a new consent only.
    await rig.connect(rig.browser(), BOB)
    const location = await rig.start(browser)
    const answer = await rig.callback(browser, rig.provider.agree(location, BOB))
    const again = new URL(answer.location)
    expect(again.origin).toBe(rig.provider.url)
    expect(Object.fromEntries(again.searchParams)).toMatchObject({ prompt: 'consent', login_hint: BOB.sub })
    expect(await rig.connections.list(row.owner_id)).toHaveLength(1)
    const second = await rig.callback(browser, rig.provider.agree(answer.location, BOB))
    expect(second.location).toBe('/cats?run=7')
    const list = await rig.connections.list(row.owner_id)
    expect(list.map(({ accountName, hasRefreshToken }) => ({ accountName, hasRefreshToken }))).toContainEqual({
      accountName: BOB.email,
      hasRefreshToken: true,
    })
  })

  it('connects all the same when not even forced consent brings a refresh token, and says until when', async () => {
    const browser = rig.browser()
    rig.provider.settings.refreshTokenOnlyOnce = true
    const location = await rig.start(browser)
    const query = rig.provider.agree(location.replace('access_type=offline', 'access_type=online'))
    // The first consent was forced already, so there is no second round.
    expect((await rig.callback(browser, query)).location).toBe('/cats?run=7')
    const { body } = await browser.get('/connections')
    expect(body).toContain('no refresh token')
  })
})
