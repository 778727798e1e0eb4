import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, createTown, type Town } from '../testing/town.fixture.ts'

const OTHER = 'https://other.example/api'
let town: Town
let app: App
beforeAll(async () => {
  town = await createTown({
    file: (origin, publicUrl) => `
gateway:
  routes:
    - {path: /open, upstream: "${origin}", audience: "${publicUrl}"}
    - {path: /read, upstream: "${origin}", scopes: notes:read}
    - {path: /write, upstream: "${origin}", scopes: notes:write}
    - {path: /other, upstream: "${origin}", audience: "${OTHER}"}
    - {path: /fresh, upstream: "${origin}", audience: "${publicUrl}", max_age: 60}
`,
  })
  app = await town.app()
  // Listening begins a moment after the start.
  await sleep(200)
})
afterAll(() => town.close())

const status = async (path: string, token: string, at = town.port) => (await town.ask(path, { token, at })).status
/** Both processes have seen the token: what they remember of it is in use. */
async function warm(token: string, path = '/open') {
  for (const at of [town.port, town.second.port]) {
    for (let time = 0; time < 3; time += 1) expect(await status(path, token, at)).toBe(200)
  }
}
/** Within 2 s, in every process, and for good. */
async function isDead(token: string, path = '/open', began = performance.now()) {
  for (const at of [town.port, town.second.port]) {
    await expect.poll(() => status(path, token, at), { timeout: 2000, interval: 20 }).toBe(401)
  }
  expect(performance.now() - began).toBeLessThan(2000)
  for (const at of [town.port, town.second.port]) expect(await status(path, token, at)).toBe(401)
}

describe('a token that was good a moment ago is good no more within 2 s, at the gateway of every process', () => {
  it('after POST /revoke of its refresh token (RFC 7009 §2.1)', async () => {
    const made = await town.tokens(await town.user(), app, { scope: 'notes:read offline_access' })
    await warm(made.access_token)
    const began = performance.now()
    const fields = { token: made.refresh_token, client_id: app.id, client_secret: app.secret }
    expect((await town.form('/revoke', fields)).status).toBe(200)
    await isDead(made.access_token, '/open', began)
  })

  it('after POST /revoke of itself, of a client’s own token too', async () => {
    const token = await town.ownToken(app)
    await warm(token)
    const began = performance.now()
    await town.form('/revoke', { token, client_id: app.id, client_secret: app.secret })
    await isDead(token, '/open', began)
  })

  it('when its user is disabled; the login token at /protected/resource as well', async () => {
    const user = await town.user()
    const { access_token: token } = await town.tokens(user, app)
    const login = await town.loginToken(user)
    await warm(token)
    await warm(login, '/protected/resource')
    const began = performance.now()
    await town.accounts.setDisabled(user.username, true)
    await isDead(token, '/open', began)
    await isDead(login, '/protected/resource', began)
    await isDead(token, '/protected/resource', began)
  })

  it('when its client is deleted', async () => {
    const gone = await town.app()
    const { access_token: token } = await town.tokens(await town.user(), gone)
    const own = await town.ownToken(gone)
    await warm(token)
    await warm(own)
    const began = performance.now()
    await town.authorization.clients.remove(gone.id)
    await isDead(token, '/open', began)
    await isDead(own, '/open', began)
  })

  it('when its client is switched off', async () => {
    const off = await town.app()
    const { access_token: token } = await town.tokens(await town.user(), off)
    await warm(token)
    const began = performance.now()
    await town.authorization.clients.setState(off.id, { isDisabled: true })
    await isDead(token, '/open', began)
  })

  it('when its code is used twice (RFC 6749 §4.1.2)', async () => {
    const code = await town.code(await town.user(), app)
    const fields = {
      ...{ grant_type: 'authorization_code', code, redirect_uri: 'https://app.example/cb' },
      ...{ client_id: app.id, client_secret: app.secret },
    }
    const token = String((await town.form('/token', fields)).json['access_token'])
    await warm(token)
    const began = performance.now()
    expect((await town.form('/token', fields)).json['error']).toBe('invalid_grant')
    await isDead(token, '/open', began)
  })

  it('and others of other people and clients live on', async () => {
    const [one, two] = [await town.user(), await town.user()]
    const [ended, kept] = [await town.tokens(one, app), await town.tokens(two, app)]
    await town.accounts.setDisabled(one.username, true)
    await isDead(ended.access_token)
    await warm(kept.access_token)
  })
})

describe('a remembered signature takes the same checks as a new one (Oathkeeper GHSA-qvp4-rpmr-xwrr, security §9.8)', () => {
  it('audience, scopes and age of the sign-in, each time', async () => {
    const { access_token: token } = await town.tokens(await town.user(), app, { scope: 'notes:read' })
    for (let round = 0; round < 3; round += 1) {
      for (const at of [town.port, town.second.port]) {
        expect(await status('/read', token, at)).toBe(200)
        expect(await status('/write', token, at)).toBe(403)
        expect(await status('/other', token, at)).toBe(401)
        expect(await status('/fresh', token, at)).toBe(200)
      }
    }
    await town.shift(61)
    const statuses = [await status('/read', token), await status('/fresh', token)]
    await town.shift(0)
    expect(statuses).toEqual([200, 401])
  })

  it('and its end', async () => {
    const { access_token: token } = await town.tokens(await town.user(), app)
    await warm(token)
    await town.shift(599)
    const before = await status('/open', token)
    await town.shift(601)
    const after = [await status('/open', token), await status('/open', token, town.second.port)]
    await town.shift(0)
    expect([before, after]).toEqual([200, [401, 401]])
  })

  it('one letter of another signature is another token', async () => {
    const { access_token: token } = await town.tokens(await town.user(), app)
    await warm(token)
    // Of the last letter two bits count for nothing; of this one all do.
    const at = token.length - 10
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    expect(await status('/open', changed)).toBe(401)
  })
})
