import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

let town: Town
beforeEach(async () => {
  town = await createTown()
})
afterEach(() => town.close())

const made = async () => pathOf(await town.accounts.setupLink())
const pathOf = (link: string | undefined) => {
  const { pathname, search, searchParams } = new URL(link ?? '')
  return { path: pathname + search, token: searchParams.get('token') ?? '' }
}
const admins = async () => (await town.accounts.listUsers()).filter(({ isAdmin }) => isAdmin)

it('makes the first administrator, signs them in, and is used up (security §10.11)', async () => {
  const { path, token } = await made()
  expect(token).toMatch(/^[\w-]{43}$/)
  const browser = town.visitor()
  const answer = await browser.submit('/setup/administrator', { token, username: 'root', password: PASSWORD }, path)
  expect(answer).toMatchObject({ status: 303, location: '/account' })
  expect((await browser.who())?.user).toMatchObject({ username: 'root', isAdmin: true })
  expect((await town.visitor().get(path)).status).toBe(410)
  const late = await town
    .visitor()
    .submit('/setup/administrator', { token, username: 'two', password: PASSWORD }, '/login')
  expect(late.status).toBe(410)
  expect((await admins()).map(({ username }) => username)).toEqual(['root'])
  const [event] = await town.accounts.audit.list({ most: 1 })
  expect(event).toMatchObject({ action: 'user.created', details: { isAdmin: true, way: 'setup_link' } })
})

it('is made once for a database, whatever process asks', async () => {
  await town.another()
  const links = await Promise.all(Array.from({ length: 10 }, () => town.accounts.setupLink()))
  expect(links.filter((link) => link !== undefined)).toHaveLength(1)
  expect(await town.accounts.setupLink()).toBeUndefined()
  const rows = await town.tables.selectFrom('setup_link').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(pathOf(links.find((link) => link !== undefined)).token)
})

it('is not made while there is an administrator', async () => {
  await town.accounts.createUser({ username: 'boss', password: PASSWORD, isAdmin: true })
  expect(await town.accounts.setupLink()).toBeUndefined()
})

it('users make no difference to it, and none becomes administrator by registering', async () => {
  await town.user('somebody')
  expect(await town.accounts.setupLink()).toBeDefined()
  expect(await admins()).toEqual([])
})

it('ends after an hour, and when an administrator was made another way', async () => {
  const { path } = await made()
  expect((await town.visitor().get(path)).status).toBe(200)
  await town.shift(3605)
  expect((await town.visitor().get(path)).status).toBe(410)
  await town.shift(0)
  expect((await town.visitor().get(path)).status).toBe(200)
  await town.accounts.createUser({ username: 'boss', password: PASSWORD, isAdmin: true })
  expect((await town.visitor().get(path)).status).toBe(410)
})

it('of 20 at the same time one is made, by one transaction', async () => {
  const { path, token } = await made()
  const browser = town.visitor()
  const csrf = await browser.csrfOf(path)
  const send = (username: string) => browser.post('/setup/administrator', { csrf, token, username, password: PASSWORD })
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => send(`boss${index}`)))
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  expect(await admins()).toHaveLength(1)
})

it('says what is wrong with a name or a password, and can still be used', async () => {
  await town.user('taken')
  const { path, token } = await made()
  const browser = town.visitor()
  for (const [username, password] of [
    ['', PASSWORD],
    ['root', 'short'],
    ['taken', PASSWORD],
  ]) {
    const fields = { token, username: username ?? '', password: password ?? '' }
    const answer = await browser.submit('/setup/administrator', fields, path)
    expect(answer.status).toBe(422)
    expect(answer.body).toContain('id="setup-form"')
  }
  const answer = await browser.submit('/setup/administrator', { token, username: 'admin', password: PASSWORD }, path)
  expect(answer.status).toBe(303)
})

it('needs the link and the form of this browser', async () => {
  const { path, token } = await made()
  const fields = { username: 'root', password: PASSWORD }
  for (const wrong of ['', 'x'.repeat(43), `${token}x`]) {
    const query = new URLSearchParams({ token: wrong })
    expect((await town.visitor().get(`/setup/administrator?${query}`)).status).toBe(410)
    const answer = await town.visitor().submit('/setup/administrator', { ...fields, token: wrong }, '/login')
    expect(answer.status).toBe(410)
  }
  expect((await town.visitor().get('/setup/administrator')).status).toBe(410)
  expect((await town.visitor().post('/setup/administrator', { ...fields, token })).status).toBe(403)
  const page = await town.visitor().get(path)
  expect(page.headers.get('cache-control')).toBe('no-store')
  expect(town.logged()).not.toContain(token)
  expect(await admins()).toEqual([])
})
