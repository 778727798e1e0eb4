import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { createOffice, type Office, PASSWORD } from '../office.fixture.ts'

let office: Office
let browser: Awaited<ReturnType<Office['administrator']>>['browser']
let self: string
beforeAll(async () => {
  office = await createOffice()
  const administrator = await office.administrator('chief')
  browser = administrator.browser
  self = administrator.person.publicId
})
afterAll(() => office.close())

const PATHS = [
  '/console',
  '/console/users',
  '/console/clients',
  '/console/clients/new',
  '/console/keys',
  '/console/registration-tokens',
  '/console/routes',
  '/console/audit',
]

describe('pages of the console', () => {
  it.each(PATHS)('%s is whole without JavaScript: one h1, its section marked, nothing inline', async (path) => {
    const { status, body } = await browser.get(path)
    expect(status).toBe(200)
    expect(body.match(/<h1/g)).toHaveLength(1)
    expect(body).not.toMatch(/<script(?![^>]*src=)| style="| on\w+="/)
    if (path !== '/console/clients/new') expect(body).toMatch(new RegExp(`<a href="${path}" aria-current="page"`))
  })

  it('letters that could not be sent are on the first page: what the mail server said, and not whose they are', async () => {
    expect((await browser.get('/console')).body).not.toContain('could not be sent')
    const failed = `'mail.example said: 550 no mailbox <…@example.com>', trivet.clock()`
    const waiting = `'connect ECONNREFUSED 192.0.2.1:587', null`
    for (const what of [failed, waiting]) {
      await sql`insert into trivet.mail_order (id, kind, recipient, data, gives_up_at, tries, failure, failed_at)
        values (${newId()}, 'password_reset', 'eve@example.com', '{}', trivet.clock() + interval '1 hour', 3, ${sql.raw(what)})`.execute(
        office.test.database.tables<unknown>(),
      )
    }
    const { body } = await browser.get('/console')
    expect(body).toContain('mail.example said: 550 no mailbox &lt;…@example.com>')
    expect(body).toContain('given up')
    expect(body).toContain('connect ECONNREFUSED')
    expect(body).toContain('tried again')
    expect(body).not.toContain('eve@')
  })

  it('users: searched by a form with an address of its own, page after page', async () => {
    for (let count = 0; count < 51; count += 1) await office.user(`many-${String(count).padStart(2, '0')}`)
    const first = await browser.get('/console/users?search=many-&state=')
    const rows = (body: string) => body.match(/>many-\d\d</g)?.length ?? 0
    expect(rows(first.body)).toBe(50)
    const next = /id="next-page"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*id="next-page"/.exec(first.body)
    const path = (next?.[1] ?? next?.[2] ?? '').replaceAll('&amp;', '&')
    expect(path).toBe('/console/users?search=many-&after=many-49')
    const second = await browser.get(path)
    expect(rows(second.body)).toBe(1)
    expect(second.body).not.toContain('id="next-page"')
  })

  it('a user: signed out, disabled, enabled again, each by a button; one’s own account has no such button', async () => {
    const person = await office.user('button-user')
    const path = `/console/users/${person.publicId}`
    for (const [button, notice] of [
      ['user-remove-codes', 'no_codes'],
      ['user-sign-out', 'signed_out'],
      ['user-disable', 'disabled'],
      ['user-enable', 'enabled'],
    ] as const) {
      expect((await browser.press(path, button)).location).toBe(`${path}?notice=${notice}`)
      expect((await browser.get(`${path}?notice=${notice}`)).body).toContain('role="status"')
    }
    expect(await office.events(person.publicId)).toEqual(['user.enabled', 'user.disabled', 'user.signed_out'])
    expect((await browser.get(`/console/users/${self}`)).body).not.toContain('user-disable')
    const csrf = await browser.csrf(`/console/users/${self}`)
    const forced = await browser.post(`/console/users/${self}/disable`, { csrf })
    expect(forced.location).toBe(`/console/users/${self}?notice=own_account`)
  })

  it('an app is vouched for as the page showed it: one that was changed since is not (security §10.15)', async () => {
    const dev = office.caller({ authorization: `Bearer ${await office.tokenOf(await office.user('sly-dev'))}` })
    const metadata = { client_name: 'Nice', redirect_uris: ['https://nice.example/cb'] }
    const { client_id: id, registration_access_token: key } = (await dev('POST', '/client', metadata)).json
    const path = `/console/client?${new URLSearchParams({ id: String(id) })}`
    const [csrf, { body }] = [await browser.csrf(path), await browser.get(path)]
    const seen_at = /name="seen_at" value="([^"]+)"/.exec(body)?.[1] ?? ''
    const holder = office.caller({ authorization: `Bearer ${key}` })
    const changed = { ...metadata, client_id: id, redirect_uris: ['https://evil.example/cb'] }
    expect((await holder('PUT', `/client/${id}`, changed)).status).toBe(200)

    const verify = (more: Record<string, string>) =>
      browser.post('/console/client/verify', { csrf, id: String(id), ...more })
    for (const fields of [{ seen_at }, {}, { seen_at: 'now' }]) {
      expect((await verify(fields)).location).toBe(`${path}&notice=changed`)
    }
    expect((await office.clients.entries(String(id)))[0]?.client.isVerified).toBe(false)
    expect((await browser.press(path, 'client-verify')).location).toBe(`${path}&notice=verified`)
    expect(await office.events(String(id))).toEqual(['client.verified', 'client.changed', 'client.registered'])
  })

  it('a form that is too long to go around by is asked for again, empty, and not with an address that no browser loads', async () => {
    const { browser: old } = await office.administrator()
    const csrf = await old.csrf('/console/clients/new')
    await office.shift(6 * 60)
    const addresses = Array.from({ length: 20 }, (_, index) => `https://app.example/${index}/${'x'.repeat(900)}`)
    const typed = { csrf, name: 'Long', redirect_uris: addresses.join('\n'), kind: 'web' }
    const { status, location } = await old.post('/console/clients/new', typed)
    await office.shift(0)
    expect([status, location]).toEqual([303, '/account/confirm?return_to=%2Fconsole%2Fclients%2Fnew'])
  })

  it('a link for a new password is shown on the page that made it, and on no other', async () => {
    const person = await office.user('reset-user')
    const { status, body } = await browser.press(`/console/users/${person.publicId}`, 'user-reset-link')
    expect(status).toBe(200)
    const link = /id="reset-link"[^>]*value="([^"]+)"/.exec(body)?.[1] ?? ''
    expect(link).toMatch(new RegExp(`^${office.publicUrl}/reset`))
    expect((await browser.get('/console/audit')).body).not.toContain(link)
  })

  it('an app: registered, verified, switched off, deleted after a question', async () => {
    const refused = await browser.press('/console/clients/new', 'client-register', {
      ...{ name: 'Fine name', redirect_uris: 'http://app.example/cb', kind: 'native' },
    })
    expect(refused.status).toBe(422)
    expect(refused.body).toContain('Fine name')
    expect(refused.body).toContain('http://app.example/cb')
    const made = await browser.press('/console/clients/new', 'client-register', {
      ...{ name: 'Fine name', redirect_uris: 'https://app.example/cb\r\nhttps://app.example/two', kind: 'web' },
    })
    const id = /id="made-id"[^>]*value="([^"]+)"/.exec(made.body)?.[1] ?? ''
    const secret = /id="made-secret"[^>]*value="([^"]+)"/.exec(made.body)?.[1] ?? ''
    expect(secret).toMatch(/^trc_/)
    const path = `/console/client?${new URLSearchParams({ id })}`
    expect((await browser.press(path, 'client-verify')).status).toBe(303)
    expect((await office.clients.findClient(id))?.isVerified).toBe(true)
    expect((await browser.press(path, 'client-disable')).status).toBe(303)
    expect(await office.clients.findClient(id)).toBeUndefined()
    const page = await browser.get(path)
    expect(page.body).not.toContain(secret)
    expect(page.body).toContain('https://app.example/two')
    await browser.press(path.replace('?', '/delete?'), 'client-delete-confirm')
    expect((await browser.get(path)).status).toBe(404)
    expect(await office.events(id)).toEqual([
      ...['client.deleted', 'client.disabled', 'client.verified', 'client.registered'],
    ])
  })

  it('a key is changed once, and the page says when one waits already', async () => {
    expect((await browser.press('/console/keys', 'rotate-ES256')).location).toBe('/console/keys?notice=rotated')
    expect((await browser.press('/console/keys', 'rotate-ES256')).location).toBe('/console/keys?notice=waiting')
    expect((await browser.get('/console/keys')).body).toContain('published')
  })

  it('a key that may have been seen ends at once, and the page shows the new one alone', async () => {
    const before = office.signer.keys().filter(({ alg }) => alg === 'RS256')
    expect((await browser.press('/console/keys', 'end-RS256')).location).toBe('/console/keys?notice=ended')
    const { body } = await browser.get('/console/keys?notice=ended')
    expect(body).toContain('The keys of this kind have ended')
    for (const { kid } of before) expect(body).not.toContain(kid)
    expect(office.signer.keys().filter(({ alg }) => alg === 'RS256')).toMatchObject([{ state: 'signing' }])
  })

  it('a registration token: wrong numbers come back with the form, the token is shown once', async () => {
    const path = '/console/registration-tokens'
    const wrong = await browser.press(path, 'token-create', { note: 'For the shop', uses: '0', days: 'x' })
    expect(wrong.status).toBe(422)
    expect(wrong.body).toContain('value="For the shop"')
    expect(wrong.body.match(/aria-invalid="true"/g)).toHaveLength(2)
    const made = await browser.press(path, 'token-create', { note: 'For the shop', uses: '1', days: '7' })
    const token = /id="made-token"[^>]*value="([^"]+)"/.exec(made.body)?.[1] ?? ''
    expect(token).toMatch(/^tri_/)
    const again = await browser.get(path)
    expect(again.body).not.toContain(token)
    const id = /token-delete-([\w-]+)/.exec(again.body)?.[1] ?? ''
    expect((await browser.press(path, `token-delete-${id}`)).location).toBe(`${path}?notice=deleted`)
    expect((await browser.get(path)).body).toContain('id="no-tokens"')
  })

  it('what was typed is kept on the way around by the confirmation', async () => {
    await office.shift(301)
    const { location } = await browser.press('/console/registration-tokens', 'token-create', {
      note: 'A & B',
      uses: '3',
    })
    await office.shift(0)
    const back = new URL(location, office.publicUrl).searchParams.get('return_to') ?? ''
    expect(back).toBe('/console/registration-tokens?note=A+%26+B&uses=3')
    expect((await browser.get(back)).body).toContain('value="A &amp; B"')
  })

  it('who has to confirm does so with the password, comes back, and then it is done', async () => {
    const person = await office.user('confirmed-user')
    const { browser: own } = await office.administrator('confirming')
    const path = `/console/users/${person.publicId}`
    await office.shift(301)
    const { location } = await own.press(path, 'user-disable')
    const wrong = await own.press(location, 'confirm-submit', { password: 'not the password' })
    expect(wrong.status).toBe(422)
    const confirmed = await own.press(location, 'confirm-submit', { password: PASSWORD })
    expect(confirmed).toMatchObject({ status: 303, location: path })
    expect((await own.get(path)).body).not.toContain('id="confirm-first"')
    expect((await own.press(path, 'user-disable')).location).toBe(`${path}?notice=disabled`)
    await office.shift(0)
    expect(await office.events(person.publicId)).toEqual(['user.disabled'])
  })

  it('the log is searched by names of people as by ids', async () => {
    const person = await office.user('log-target')
    await browser.press(`/console/users/${person.publicId}`, 'user-disable')
    for (const target of ['log-target', 'LOG-TARGET', person.publicId]) {
      const { body } = await browser.get(`/console/audit?${new URLSearchParams({ target, actor: 'chief' })}`)
      expect(body.match(/<code>user\.disabled<\/code>/g)).toHaveLength(1)
    }
    expect((await browser.get('/console/audit?actor=nobody')).body).toContain('id="no-events"')
    expect((await browser.get('/console/audit?before=x&action=%25')).status).toBe(200)
  })

  it('names of apps are text, whatever they hold', async () => {
    const name = 'Shop <b>&"\' app'
    const { client } = await office.clients.register(
      { kind: 'admin', ownerId: null },
      { client_name: name, redirect_uris: ['https://app.example/cb'] },
    )
    for (const path of ['/console/clients', `/console/client?id=${client.id}`]) {
      expect((await browser.get(path)).body).not.toContain('<b>')
    }
  })

  it('ids of nobody: not found, never broken', async () => {
    for (const path of ['/console/users/u_x', '/console/users/%00', '/console/client?id=', '/console/client?id=%ff']) {
      expect([400, 404]).toContain((await browser.get(path)).status)
    }
  })
})
