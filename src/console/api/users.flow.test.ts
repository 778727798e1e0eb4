import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOffice, type Office } from '../office.fixture.ts'

let office: Office
let api: Awaited<ReturnType<Office['administrator']>>['api']
let self: string
beforeAll(async () => {
  office = await createOffice()
  const administrator = await office.administrator('chief')
  api = administrator.api
  self = administrator.person.publicId
})
afterAll(() => office.close())

const names = (json: Record<string, unknown>) =>
  (json['users'] as { username: string }[]).map(({ username }) => username)

describe('users', () => {
  it('are listed by name, in pages that begin where the one before ended', async () => {
    for (const name of ['list-c', 'list-a', 'list-b', 'Other']) await office.user(name)
    const first = (await api('GET', '/api/admin/users?search=LIST-&limit=2')).json
    expect({ names: names(first), next: first['next'] }).toEqual({ names: ['list-a', 'list-b'], next: 'list-b' })
    const second = (await api('GET', '/api/admin/users?search=list-&limit=2&after=list-b')).json
    expect({ names: names(second), next: second['next'] }).toEqual({ names: ['list-c'], next: null })
  })

  it('are found by part of a name or an address, or by a whole id; % and _ are letters like others', async () => {
    const made = await office.accounts.createUser({
      ...{ username: 'with-mail', password: 'four words in a row', email: 'Ana.Maria@example.com' },
      isAdmin: false,
    })
    const id = 'user' in made ? made.user.publicId : ''
    for (const search of ['WITH-M', 'maria@', id]) {
      expect(names((await api('GET', `/api/admin/users?${new URLSearchParams({ search })}`)).json)).toEqual([
        'with-mail',
      ])
    }
    for (const search of ['%', 'with_mail', "'; drop table"]) {
      expect(names((await api('GET', `/api/admin/users?${new URLSearchParams({ search })}`)).json)).toEqual([])
    }
  })

  it('are online for five minutes after a request, and not once they have signed out', async () => {
    const [ana, eve] = [await office.user('online-ana'), await office.user('online-eve')]
    for (const person of [ana, eve]) {
      const { status } = await office.caller({ authorization: `Bearer ${await office.tokenOf(person)}` })(
        'GET',
        '/api/account',
      )
      expect(status).toBe(200)
    }
    const online = async () => names((await api('GET', '/api/admin/users?state=online&search=online-')).json)
    expect(await online()).toEqual(['online-ana', 'online-eve'])
    expect((await api('DELETE', `/api/admin/users/${eve.publicId}/sessions`)).status).toBe(204)
    expect(await online()).toEqual(['online-ana'])
    await office.shift(301)
    expect(await online()).toEqual([])
    await office.shift(0)
  })

  it('one is shown with sessions and sign-ins, and nothing that opens anything', async () => {
    const person = await office.user()
    const browser = await office.browserOf(person)
    const { status, json, text } = await api('GET', `/api/admin/users/${person.publicId}`)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      user: { id: person.publicId, is_admin: false, is_disabled: false },
      sessions: [{ address: '127.0.0.1' }],
    })
    for (const secret of [...browser.cookies.values(), person.id, 'argon2']) expect(text).not.toContain(secret)
  })

  it('disabling ends sessions, tokens and what apps hold at once; enabling lets them in again; both are in the log', async () => {
    const person = await office.user()
    const browser = await office.browserOf(person)
    const token = await office.tokenOf(person)
    const path = `/api/admin/users/${person.publicId}`
    expect((await api('PATCH', path, { is_disabled: true })).json).toMatchObject({ is_disabled: true })
    expect((await browser.get('/account')).location).toMatch(/^\/login/)
    expect((await office.caller({ authorization: `Bearer ${token}` })('GET', '/api/account')).status).toBe(401)
    expect(office.ended).toContain(person.id)
    // The same again changes nothing, and is no event.
    expect((await api('PATCH', path, { is_disabled: true })).status).toBe(200)
    expect((await api('PATCH', path, { is_disabled: false })).json).toMatchObject({ is_disabled: false })
    expect((await office.browserOf(person)).cookies.size).toBeGreaterThan(0)
    expect(await office.events(person.publicId)).toEqual(['user.enabled', 'user.disabled'])
  })

  it('signing out everywhere leaves the account usable, tells its person so, and is in the log', async () => {
    const person = await office.user()
    const [one, two] = [await office.browserOf(person), await office.browserOf(person)]
    expect((await api('DELETE', `/api/admin/users/${person.publicId}/sessions`)).status).toBe(204)
    for (const browser of [one, two]) expect((await browser.get('/account')).status).toBe(303)
    expect(office.ended).toContain(person.id)
    const { body } = await (await office.browserOf(person)).get('/account')
    expect(body).toContain('signed out (by an administrator)')
    expect(await office.events(person.publicId)).toEqual(['user.signed_out'])
  })

  it('a link for a new password works once, is shown once, and is in the log without the link', async () => {
    const person = await office.user()
    const path = `/api/admin/users/${person.publicId}`
    const { status, json } = await api('POST', `${path}/reset-link`)
    expect(status).toBe(201)
    const link = new URL(String(json['url']))
    expect(link.origin).toBe(office.publicUrl)
    expect((await office.visitor().get(link.pathname + link.search)).status).toBeLessThan(400)
    const events = await office.accounts.audit.list({ most: 5, target: person.publicId })
    expect(events).toMatchObject([{ action: 'user.reset_link_made', actor: self }])
    for (const secret of link.search.match(/[\w-]{20,}/g) ?? []) expect(JSON.stringify(events)).not.toContain(secret)
    await api('PATCH', path, { is_disabled: true })
    expect((await api('POST', `${path}/reset-link`)).json).toMatchObject({
      status: 409,
      code: 'reset_link_unavailable',
    })
  })

  it('nobody disables their own account', async () => {
    const { status, json } = await api('PATCH', `/api/admin/users/${self}`, { is_disabled: true })
    expect({ status, code: json['code'] }).toEqual({ status: 409, code: 'own_account' })
  })

  it('nothing else can be set (mass assignment, security §11.11)', async () => {
    const { publicId, id } = await office.user()
    const path = `/api/admin/users/${publicId}`
    for (const more of [
      { is_admin: true },
      { isAdmin: true },
      { email: 'x@example.com' },
      { email_verified: true },
      { id: self },
      { username: 'root' },
      { password_hash: 'x' },
      { login_epoch: 0 },
    ]) {
      const { status, json } = await api('PATCH', path, { is_disabled: false, ...more })
      expect({ more, status, code: json['code'] }).toEqual({ more, status: 422, code: 'admin_request_invalid' })
    }
    expect(await office.accounts.user(id)).toMatchObject({ isAdmin: false, emailVerified: false })
    expect(await office.events(publicId)).toEqual([])
  })
})
