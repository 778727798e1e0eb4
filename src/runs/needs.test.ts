import { expect, it } from 'vitest'
import { mashup } from './definition/mashup.ts'
import { needsOf } from './needs.ts'
import { createTestAccounts } from './testing/accounts.fixture.ts'
import { parcel, WORDS } from './testing/mashup.fixture.tsx'

const two = mashup('two', {
  ...WORDS,
  path: '/two',
  form: {},
  connect: {
    from: parcel({ scopes: ['parcels'], why: 'to fetch it' }),
    to: parcel({ scopes: ['parcels', 'stamps'], why: 'to send it' }),
  },
  use: {},
  steps: [],
  run: async () => ({ title: 'Done' }),
})

it('a visitor has no accounts: all is missing, and the first one is asked for', async () => {
  const { connections } = createTestAccounts()
  const needs = await needsOf(connections, undefined, two, {})
  expect(needs.all.map(({ name, why, usability }) => [name, why, usability.status])).toEqual([
    ['from', 'to fetch it', 'missing'],
    ['to', 'to send it', 'missing'],
  ])
  expect(needs.connections).toEqual({})
  expect(needs.pause).toEqual({
    reason: 'connection_required',
    provider: 'parcel',
    scopes: ['parcels'],
    message: 'Waiting for you to connect Parcel.',
  })
})

it('what the scopes allow is said without what every sign-in tells anyway', async () => {
  const { connections } = createTestAccounts()
  const { all } = await needsOf(connections, 'o', two, {})
  expect(all.map((need) => need.allows)).toEqual([['use parcels'], ['use parcels', 'use stamps']])
})

it('usable accounts are named; two of one provider may serve two names', async () => {
  const accounts = createTestAccounts()
  const ana = accounts.connect('o', 'ana@parcel.example')
  const bob = accounts.connect('o', 'bob@parcel.example')
  const needs = await needsOf(accounts.connections, 'o', two, { to: bob.id })
  expect(needs.connections).toEqual({ from: ana.id, to: bob.id })
  expect(needs.pause).toBeNull()
})

it.each([
  ['needs_reconnect', 'Parcel no longer lets us in as bob@parcel.example.'],
  ['missing_scope', 'Parcel is connected as bob@parcel.example, but without the permission this needs.'],
] as const)('%s asks for the very account, by name', async (status, message) => {
  const accounts = createTestAccounts()
  const ana = accounts.connect('o', 'ana@parcel.example')
  const bob = accounts.connect('o', 'bob@parcel.example', status)
  const needs = await needsOf(accounts.connections, 'o', two, { to: bob.id })
  expect(needs.connections).toEqual({ from: ana.id })
  expect(needs.pause).toEqual({
    reason: status,
    provider: 'parcel',
    scopes: ['parcels', 'stamps'],
    connection_id: bob.id,
    message,
  })
})

it('accounts of somebody else do not count', async () => {
  const accounts = createTestAccounts()
  const theirs = accounts.connect('somebody else', 'ana@parcel.example')
  expect((await needsOf(accounts.connections, 'o', two, { from: theirs.id })).connections).toEqual({})
})

it('a provider that does not exist is the author’s mistake, and said so', async () => {
  const { connections } = createTestAccounts()
  await expect(needsOf({ ...connections, providers: [] }, 'o', two, {})).rejects.toThrow(
    'Mash-up two needs the provider parcel, which is not known',
  )
})
