import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, type TestClient } from './testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

const DAY = 24 * 3600
const TABLES = [
  'tinyoauth_interaction',
  'tinyoauth_grant',
  'tinyoauth_authorization_code',
  'tinyoauth_refresh_token',
] as const

/** How many rows each of the tables has. */
async function count(): Promise<number[]> {
  return Promise.all(TABLES.map(async (table) => (await rig.tables.selectFrom(table).selectAll().execute()).length))
}

describe('what is over is removed, and nothing else', () => {
  it('interactions after half an hour, short grants after an hour, lasting ones after 90 days', async () => {
    const { refresh_token: token, browser } = await rig.tokens(app)
    await rig.redeem(app, await rig.code(app, browser, { scope: 'openid profile' }))
    await rig.browser().get(rig.authorizePath(app))
    const full = await count()
    expect(full).toEqual([3, 2, 2, 1])
    await rig.authorization.sweep()
    expect(await count()).toEqual(full)

    await rig.test.shift(29 * 60)
    await rig.authorization.sweep()
    expect(await count()).toEqual(full)
    await rig.test.shift(31 * 60)
    await rig.authorization.sweep()
    expect(await count()).toEqual([0, 2, 2, 1])
    // The access token of a short grant is over long before its row goes.
    await rig.test.shift(2.1 * 3600)
    await rig.authorization.sweep()
    expect(await count()).toEqual([0, 1, 1, 1])

    await rig.test.shift(29 * DAY)
    await rig.authorization.sweep()
    expect((await rig.refresh(app, token)).status).toBe(200)
    await rig.test.shift(91 * DAY)
    await rig.authorization.sweep()
    expect(await count()).toEqual([0, 0, 0, 0])
    await rig.test.shift(0)
  })

  it('a grant whose code nobody redeemed goes with it, whatever the client may have; one that was redeemed stays', async () => {
    const { browser } = await rig.person()
    const kept = await rig.code(app, browser)
    await rig.code(app, browser)
    await rig.test.shift(30)
    expect((await rig.redeem(app, kept)).status).toBe(200)
    const grants = async () => (await count())[1]
    expect(await grants()).toBe(2)
    await rig.test.shift(61)
    await rig.authorization.sweep()
    expect(await grants()).toBe(1)
    await rig.test.shift(30 + 89 * DAY)
    await rig.authorization.sweep()
    expect(await grants()).toBe(1)
    await rig.test.shift(0)
  })
})
