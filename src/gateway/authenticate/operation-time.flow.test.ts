import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { User } from '#accounts'
import { createTown, type Town } from '../testing/town.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown({
    file: (origin) => `gateway: { routes: [{ path: /api, upstream: "${origin}", scopes: notes:read }] }`,
  })
})
afterAll(() => town.close())

let person: User
let token: string
beforeEach(async () => {
  await town.shift(0)
  person = await town.user()
  token = (await town.tokens(person, await town.app())).access_token
})

const record = async () => {
  const found = await town.accounts.administration.user(person.publicId)
  if (!found) throw new Error('nobody')
  return found
}
/** Nobody waits for the note, so that it comes a moment after the answer. */
async function operatedAfter(before: Date): Promise<number> {
  const until = performance.now() + 2000
  while (performance.now() < until) {
    const { operatedAt } = await record()
    if (operatedAt > before) return (operatedAt.getTime() - before.getTime()) / 1000
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return 0
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 200))

describe('operation time (interfaces, "online")', () => {
  it('moves with requests through the gateway, and who is there stays online', async () => {
    const before = (await record()).operatedAt
    await town.shift(240)
    expect((await town.ask('/api', { token })).status).toBe(200)
    expect(await operatedAfter(before)).toBeGreaterThan(200)
    // Five minutes from then on.
    await town.shift(240 + 290)
    expect((await record()).isOnline).toBe(true)
  })

  it('at most once a minute, in whatever process', async () => {
    await town.shift(120)
    const before = (await record()).operatedAt
    await town.ask('/api', { token })
    expect(await operatedAfter(before)).toBeGreaterThan(100)
    const first = (await record()).operatedAt
    await town.shift(120 + 45)
    await Promise.all([town.ask('/api', { token }), town.ask('/api', { token, at: town.second.port })])
    await settled()
    expect((await record()).operatedAt).toEqual(first)
    await town.shift(120 + 90)
    await town.ask('/api', { token })
    expect(await operatedAfter(first)).toBeGreaterThan(60)
  })

  it('does not move for a request that was refused', async () => {
    const before = (await record()).operatedAt
    await town.shift(240)
    expect((await town.ask('/api', { token: `${token}x` })).status).toBe(401)
    await settled()
    expect((await record()).operatedAt).toEqual(before)
  })

  it('an app that goes on after its person signed out does not make them seem there', async () => {
    const login = await town.loginToken(person)
    expect((await town.ask('/protected/resource', { token: login })).status).toBe(200)
    await town.accounts.endSession(
      { ownerId: person.id, sessionId: crypto.randomUUID() },
      { address: '', userAgent: '' },
    )
    const before = (await record()).operatedAt
    await town.shift(240)
    expect((await town.ask('/api', { token })).status).toBe(200)
    expect(await operatedAfter(before)).toBeGreaterThan(200)
    expect((await record()).isOnline).toBe(false)
  })
})
