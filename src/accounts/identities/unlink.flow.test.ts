import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { createTown, type Town } from '../people.fixture.ts'
import { insertIdentity, listIdentities } from '../store/login-identity.ts'
import { unlinkIdentity } from './unlink.ts'

const GOOGLE = 'https://google.example'
const GONE = 'https://gone.example'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

async function somebodyWith(issuers: readonly string[], hasPassword = false) {
  const { id: ownerId, publicId } = await town.user()
  if (!hasPassword) {
    await town.tables.updateTable('user_account').set({ password_hash: null }).where('id', '=', ownerId).execute()
  }
  const ids = issuers.map(() => newId())
  for (const [index, issuer] of issuers.entries()) {
    const subject = randomBytes(8).toString('hex')
    await insertIdentity(town.tables, { id: ids[index] ?? '', ownerId, provider: 'google', issuer, subject, name: 'x' })
  }
  const keptSessionId = newId()
  const by = { actor: publicId, address: '' }
  const unlink = (id = '') => unlinkIdentity(town.tables, { id, ownerId, keptSessionId }, [GOOGLE], by)
  return { ownerId, publicId, ids, unlink }
}

describe('the last way to sign in (security §10.9)', () => {
  it('stays, when both of two are unlinked at the same moment', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { ownerId, ids, unlink } = await somebodyWith([GOOGLE, GOOGLE])
      const outcomes = await Promise.all(ids.map(unlink))
      expect(outcomes.map(({ result }) => result).sort()).toEqual(['last_way', 'unlinked'])
      expect(await listIdentities(town.tables, ownerId)).toHaveLength(1)
    }
  })

  it('is not an account at a provider that is not set up any more: that one may go, and does not count', async () => {
    const { ids, unlink } = await somebodyWith([GOOGLE, GONE])
    expect((await unlink(ids[0])).result).toBe('last_way')
    expect((await unlink(ids[1])).result).toBe('unlinked')
    expect((await unlink(ids[0])).result).toBe('last_way')
  })

  it('is the password, where there is one', async () => {
    const { publicId, ids, unlink } = await somebodyWith([GOOGLE], true)
    expect((await unlink(ids[0])).result).toBe('unlinked')
    expect((await unlink(ids[0])).result).toBe('not_found')
    const events = await town.accounts.audit.list({ most: 10, target: publicId })
    const details = { provider: 'google', issuer: GOOGLE }
    expect(events).toMatchObject([{ action: 'identity.unlinked', actor: publicId, details }])
  })
})

it('what is signed in elsewhere ends with it, and the session in which it is unlinked goes on (ASVS 5.0, 7.4.3)', async () => {
  const user = await town.user()
  const [here, there] = [await town.signedIn(user.username), await town.signedIn(user.username)]
  const id = newId()
  const identity = { id, ownerId: user.id, provider: 'google', issuer: GOOGLE, subject: id, name: 'x' }
  await insertIdentity(town.tables, identity)
  const bystander = await town.signedIn((await town.user()).username)
  const answer = await here.submit(`/account/identities/${id}/unlink`, {}, '/account/password')
  expect(answer.location).toBe('/account/identities?notice=unlinked')
  expect(await there.who()).toBeNull()
  expect(await here.who()).toMatchObject({ ownerId: user.id })
  expect(await bystander.who()).not.toBeNull()
})
