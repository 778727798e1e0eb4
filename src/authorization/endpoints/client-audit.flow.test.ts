import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const METADATA = { client_name: 'Kite', redirect_uris: ['https://kite.example/cb'] }

function send(method: string, path: string, body: object | undefined, headers: Record<string, string>) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return fetch(rig.publicUrl + path, { method, headers: { ...type, ...headers }, ...json })
}

it('registering, changing and deleting a client is in the audit log: by whom, from where, and nothing secret', async () => {
  const { person, bearer } = await rig.person()
  const made = await (await send('POST', '/client', METADATA, bearer)).json()
  const own = { authorization: `Bearer ${made.registration_access_token}` }
  await send('PUT', `/client/${made.client_id}`, { ...METADATA, client_id: made.client_id, client_name: 'Lark' }, own)
  await send('DELETE', `/client/${made.client_id}`, undefined, own)
  const events = await rig.accounts.audit.list({ most: 10, target: made.client_id })
  expect(events.map(({ action, actor, address, details }) => [action, actor, address, details['name']])).toEqual([
    ['client.deleted', made.client_id, '127.0.0.1', 'Lark'],
    ['client.changed', made.client_id, '127.0.0.1', 'Lark'],
    ['client.registered', person.publicId, '127.0.0.1', 'Kite'],
  ])
  expect(JSON.stringify(events)).not.toMatch(/tr[cg]_/)
})

it('what is refused changes nothing, and is not in it', async () => {
  const before = await rig.accounts.audit.list({ most: 100 })
  const { bearer } = await rig.person()
  await send('POST', '/client', { ...METADATA, redirect_uris: ['javascript:alert(1)'] }, bearer)
  await send('DELETE', '/client/c_nobody', undefined, { authorization: 'Bearer trg_x' })
  expect(await rig.accounts.audit.list({ most: 100 })).toEqual(before)
})
