import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withoutInserts } from '#testing'
import { createOffice, type Office } from '../office.fixture.ts'

type Administrator = Awaited<ReturnType<Office['administrator']>>

let office: Office
let administrator: Administrator
beforeAll(async () => {
  office = await createOffice()
  administrator = await office.administrator('ada')
})
afterAll(() => office.close())

/** As when a process dies between the change and the entry. */
async function withoutLog(work: () => Promise<{ readonly status: number }>): Promise<void> {
  const { status } = await withoutInserts(office.test.database.tables(), 'audit_event', work)
  expect(status).toBe(500)
}

const METADATA = { client_name: 'An app', redirect_uris: ['https://app.example/cb'] }
const countOf = async (action: string) => (await office.accounts.audit.list({ most: 200, action })).length
const clients = async () => (await office.clients.entries()).length
const tokens = async () => (await office.clients.registrationTokens(100)).length

/** An app by the door that everybody may use, with what its registrant may do to it. */
async function ownApp() {
  const { json } = await office.caller()('POST', '/client', METADATA)
  const [id, token] = [String(json['client_id']), String(json['registration_access_token'])]
  const call = (method: string, body?: unknown) =>
    office.caller({ authorization: `Bearer ${token}` })(method, `/client/${id}`, body)
  return { call, change: () => call('PUT', { ...METADATA, client_id: id, client_name: 'Another name' }), id }
}

const app = () => office.clients.register({ kind: 'admin', ownerId: null }, METADATA).then(({ client }) => client.id)
const stateOf = async (id: string) => (await office.clients.entries(id)).map((entry) => entry.client.isVerified)
const nameOf = async (id: string) => (await office.clients.entries(id)).map((entry) => entry.client.name)

describe('a change and its entry in the audit log are written together, or not at all', () => {
  type Change = { act: () => Promise<{ readonly status: number }>; look: () => Promise<unknown> }
  const api: Administrator['api'] = (...asked) => administrator.api(...asked)

  it.each<[string, string, () => Promise<Change>]>([
    [
      'client.registered',
      'by an administrator',
      async () => ({ act: () => api('POST', '/api/admin/clients', METADATA), look: clients }),
    ],
    [
      'client.verified',
      'by an administrator',
      async () => {
        const id = await app()
        return { act: () => api('PATCH', `/api/admin/clients/${id}`, { is_verified: true }), look: () => stateOf(id) }
      },
    ],
    [
      'client.deleted',
      'by an administrator',
      async () => {
        const id = await app()
        return { act: () => api('DELETE', `/api/admin/clients/${id}`), look: clients }
      },
    ],
    [
      'registration_token.created',
      'by an administrator',
      async () => ({ act: () => api('POST', '/api/admin/registration-tokens', { note: 'x' }), look: tokens }),
    ],
    [
      'registration_token.deleted',
      'by an administrator',
      async () => {
        const { id } = await office.clients.createRegistrationToken({ note: 'x' })
        return { act: () => api('DELETE', `/api/admin/registration-tokens/${id}`), look: tokens }
      },
    ],
    [
      'client.registered',
      'at POST /client',
      async () => ({ act: () => office.caller()('POST', '/client', METADATA), look: clients }),
    ],
    [
      'client.changed',
      'at PUT /client/:id',
      async () => {
        const { id, change } = await ownApp()
        return { act: change, look: () => nameOf(id) }
      },
    ],
    [
      'client.deleted',
      'at DELETE /client/:id',
      async () => {
        const { call } = await ownApp()
        return { act: () => call('DELETE'), look: clients }
      },
    ],
  ])('%s %s', async (action, _, prepare) => {
    const { act, look } = await prepare()
    const [before, entries] = [await look(), await countOf(action)]
    await withoutLog(act)
    expect(await look()).toEqual(before)
    expect(await countOf(action)).toBe(entries)
    expect((await act()).status).toBeLessThan(300)
    expect(await look()).not.toEqual(before)
    expect(await countOf(action)).toBe(entries + 1)
  })
})
