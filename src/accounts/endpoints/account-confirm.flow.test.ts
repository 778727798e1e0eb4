import type { FastifyReply, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

const PATH = `/account/confirm?${new URLSearchParams({ return_to: '/account/profile' })}`

let town: Town
beforeAll(async () => {
  town = await createTown({}, (server, accounts) => {
    server.get('/guarded', async (request: FastifyRequest, reply: FastifyReply) => {
      const first = await accounts.confirmFirst(request, '/guarded?a=1&b=2')
      return first === undefined ? { done: true } : reply.redirect(first, 303)
    })
    server.post('/api/guarded', async (request: FastifyRequest) => {
      await accounts.requireFreshSignIn(request)
      return { done: true }
    })
  })
})
beforeEach(() => town.shift(0))
afterAll(() => town.close())

describe('what needs a fresh sign-in (security §10.9, §11.5; ASVS 7.5.1)', () => {
  it('is done within 5 minutes, and after them only once it has been confirmed', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    await town.shift(290)
    expect((await browser.get('/guarded')).body).toBe('{"done":true}')
    await town.shift(310)
    const asked = await browser.get('/guarded')
    expect(asked).toMatchObject({
      status: 303,
      location: `/account/confirm?${new URLSearchParams({ return_to: '/guarded?a=1&b=2' })}`,
    })
    const page = await browser.get(asked.location)
    expect(page.body).toContain('Confirm that it is you')
    const fields = { password: PASSWORD, return_to: '/guarded?a=1&b=2' }
    const confirmed = await browser.submit('/account/confirm', fields)
    expect(confirmed).toMatchObject({ status: 303, location: '/guarded?a=1&b=2' })
    expect((await browser.get('/guarded')).body).toBe('{"done":true}')
  })

  it('as JSON says 403 confirmation_required with the page to open', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    expect((await browser.json('POST', '/api/guarded', {})).json).toEqual({ done: true })
    await town.shift(310)
    const refused = await browser.json('POST', '/api/guarded', {})
    expect(refused.status).toBe(403)
    expect(refused.json).toMatchObject({ code: 'confirmation_required', confirm_url: '/account/confirm' })
  })

  it('is not opened for guests and visitors by the JSON guard', async () => {
    const browser = town.visitor()
    expect((await browser.json('POST', '/api/guarded', {})).status).toBe(403)
    await browser.post('/act', {})
    expect((await browser.json('POST', '/api/guarded', {})).status).toBe(403)
  })
})

describe('/account/confirm', () => {
  it('is a sign-in: the session gets a new secret and goes on (security §9.5, §10.16)', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    const [before, old] = [await browser.who(), browser.cookies.get(town.cookies.session.name) ?? '']
    await town.shift(600)
    await browser.submit('/account/confirm', { password: PASSWORD }, PATH)
    const after = await browser.who()
    expect(after?.sessionId).toBe(before?.sessionId)
    browser.cookies.set(town.cookies.session.name, old)
    expect(await browser.who()).toBe(null)
  })

  it('with a wrong password changes nothing, and counts as a failed sign-in does', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    await town.shift(310)
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await browser.submit('/account/confirm', { password: 'wrong' }, PATH)).status).toBe(422)
    }
    const blocked = await browser.submit('/account/confirm', { password: PASSWORD }, PATH)
    expect(blocked.status).toBe(429)
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await browser.get('/guarded')).status).toBe(303)
  })

  it('is open to whoever is signed in while strangers try passwords at the sign-in: nobody is locked out of changes', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    await town.shift(310)
    for (let n = 0; n < 10; n++) {
      await town.login(username, 'wrong', { 'x-forwarded-for': `198.51.100.${n}` })
    }
    expect((await town.login(username, PASSWORD, { 'x-forwarded-for': '198.51.100.99' })).status).toBe(429)
    expect((await browser.submit('/account/confirm', { password: PASSWORD }, PATH)).status).toBe(303)
    expect((await browser.get('/guarded')).body).toBe('{"done":true}')
  })

  it('leads nowhere but to our own pages, and never back into a request of an app', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    for (const return_to of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const fields = { password: PASSWORD, return_to, interaction: 'A'.repeat(43) }
      expect((await browser.submit('/account/confirm', fields, PATH)).location).toBe('/account')
    }
  })

  it('sends who is not signed in to the sign-in, and from there at once to where they wanted', async () => {
    const { location } = await town.visitor().get(PATH)
    expect(location).toBe(`/login?${new URLSearchParams({ return_to: '/account/profile' })}`)
  })
})
