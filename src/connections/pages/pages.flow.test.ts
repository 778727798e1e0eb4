import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANA } from '../testing/fake-provider.fixture.ts'
import { createRig, DRIVE, type Rig } from '../testing/rig.fixture.ts'

const PNG = Buffer.from('89504e470d0a1a0a', 'hex')
const asked: { url: string; hosts: readonly string[] }[] = []
let rig: Rig
beforeAll(async () => {
  rig = await createRig({
    picture: async (url, hosts) => {
      asked.push({ url, hosts })
      if (url.endsWith('.svg')) return { type: 'image/svg+xml', bytes: Buffer.from('<svg/>') }
      return url.endsWith('none') ? undefined : { type: 'image/png', bytes: PNG }
    },
  })
})
afterAll(() => rig.close())

const withPicture = (picture: string) => ({ ...ANA, picture })

describe('GET /connections', () => {
  it('says what to do first to a visitor, and makes no account by looking', async () => {
    const before = await rig.tables.selectFrom('connection').select('id').execute()
    const { status, body } = await rig.browser().get('/connections')
    expect(status).toBe(200)
    expect(body).toContain('No account is connected')
    expect(body).toContain('href="/connect/google"')
    expect(await rig.tables.selectFrom('connection').select('id').execute()).toHaveLength(before.length)
  })

  it('shows each account: name, picture from our origin, what it may, until when, last use, and the ways out', async () => {
    const { browser, row, account } = await rig.connect(rig.browser(), withPicture('https://pictures.example/ana'))
    await rig.connections.account(account).send({ method: 'GET', path: '/x' })
    const { body, headers } = await browser.get('/connections')
    for (const text of [
      ANA.email,
      `src="/connections/${row.id}/picture"`,
      'create files in your Google Drive',
      'stays connected',
      `id="reconnect-${row.id}"`,
      `id="disconnect-${row.id}"`,
    ]) {
      expect(body).toContain(text)
    }
    expect(body).not.toContain('pictures.example')
    expect(body).not.toMatch(/>never</)
    expect(headers.get('content-security-policy')).not.toContain('form-action')
  })

  it('shows only one’s own', async () => {
    const { row } = await rig.connect()
    const { browser } = await rig.connect()
    expect((await browser.get('/connections')).body).not.toContain(row.id)
  })

  it('says what was not allowed', async () => {
    const browser = rig.browser()
    await rig.callback(browser, rig.provider.agree(await rig.start(browser), ANA, [DRIVE]))
    const { body } = await browser.get('/connections')
    expect(body).toContain('Not allowed')
    expect(body).toContain('a permission is missing')
  })

  it('escapes names, and takes nothing from its address but codes, own ids and checked paths', async () => {
    const { browser, row } = await rig.connect(rig.browser(), {
      ...ANA,
      email: '<img src=x onerror=alert(1)>@example.com',
    })
    const attack = new URLSearchParams({
      notice: 'other_account',
      connection: row.id,
      continue: '//evil.example/<script>',
      provider: '<b>google</b>',
      upstream: 'failed<script>',
    })
    const { body } = await browser.get(`/connections?${attack}`)
    expect(body).not.toContain('<img src=x')
    expect(body).not.toContain('evil.example')
    expect(body).not.toContain('<script>')
    expect(
      (await browser.get('/connections?notice=disconnected&provider=google&upstream=%3Cscript%3E')).body,
    ).toContain('Disconnected from Google')
  })

  it.each(['denied', 'expired'])('tells what became of a sign-in: %s', async (outcome) => {
    const { body } = await rig.browser().get(`/connections?connect=${outcome}&provider=google`)
    expect(body).toContain('id="notice"')
  })
})

describe('GET /connections/:id/picture', () => {
  it('serves the picture to its owner alone, as nothing but a picture (security §10.17)', async () => {
    const { browser, row } = await rig.connect(rig.browser(), withPicture('https://pictures.example/ana'))
    const { status, headers } = await browser.get(`/connections/${row.id}/picture`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('image/png')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(asked.at(-1)).toEqual({ url: 'https://pictures.example/ana', hosts: ['lh3.googleusercontent.com'] })
    expect((await rig.browser().get(`/connections/${row.id}/picture`)).status).toBe(404)
    const { browser: stranger } = await rig.connect()
    expect((await stranger.get(`/connections/${row.id}/picture`)).status).toBe(404)
  })

  it.each(['https://pictures.example/x.svg', 'https://pictures.example/none'])('answers 404 for %s', async (url) => {
    const { browser, row } = await rig.connect(rig.browser(), withPicture(url))
    expect((await browser.get(`/connections/${row.id}/picture`)).status).toBe(404)
  })
})

describe('GET /api/connections', () => {
  it('lists one’s own in snake case, without anything secret, and nothing for a visitor', async () => {
    expect(JSON.parse((await rig.browser().get('/api/connections')).body)).toEqual([])
    const { browser, row } = await rig.connect()
    const { body, headers } = await browser.get('/api/connections')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(JSON.parse(body)).toEqual([
      {
        id: row.id,
        provider: 'google',
        account: { id: ANA.sub, name: ANA.email, picture: null },
        status: 'active',
        reason: null,
        granted_scopes: row.granted_scopes,
        missing_scopes: [],
        connected_at: row.connected_at.toISOString(),
        access_expires_at: row.access_expires_at?.toISOString(),
        renews_itself: true,
        used_at: null,
      },
    ])
    expect(body).not.toContain('v1.')
  })
})

describe('GET /setup/:provider', () => {
  it('shows the exact redirect URI, every step, the settings and how things stand; no secret', async () => {
    const { status, body } = await rig.browser().get('/setup/google')
    expect(status).toBe(200)
    expect(body).toContain(`value="${rig.publicUrl}/connect/google/callback"`)
    expect(body).toContain('GOOGLE_CLIENT_SECRET=')
    expect(body).toContain('after 7 days')
    expect(body).toContain('>real<')
    expect(body).not.toContain('{redirectUri}')
    expect((body.match(/<li>/g) ?? []).length).toBeLessThanOrEqual(12)
    expect(body).not.toContain('test-client-secret')
    expect((await rig.browser().get('/setup/nobody')).status).toBe(404)
  })
})
