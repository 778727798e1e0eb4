import { expect, expectTypeOf, it } from 'vitest'
import { type ParcelClient, parcel, textField, WORDS } from '../testing/mashup.fixture.tsx'
import type { FormField } from './form.ts'
import { mashup } from './mashup.ts'
import type { Service } from './service.ts'

const NOTHING = { ...WORDS, path: '/test', form: {}, connect: {}, use: {}, steps: [] }
const done = async () => ({ title: 'Done' })

type Weather = { today(city: string): Promise<'sun' | 'rain'> }
const weather: Service<Weather> = { service: 'weather' }
const count: FormField<number, undefined> = {
  ...textField('How many'),
  parse: (text) => ({ value: Number(text) }),
}

it('the form types the input, connect and use type the clients (checked by tsc)', async () => {
  const seen: unknown[] = []
  const typed = mashup('typed', {
    ...NOTHING,
    form: { to: textField('To'), count },
    connect: { sender: parcel({ scopes: ['parcels'], why: 'to send it' }) },
    use: { weather },
    async run(work) {
      expectTypeOf(work.input).toEqualTypeOf<{ readonly to: string; readonly count: number }>()
      expectTypeOf(work.sender).toEqualTypeOf<ParcelClient>()
      expectTypeOf(work.weather).toEqualTypeOf<Weather>()
      expectTypeOf(work).not.toHaveProperty('receiver')
      const found = await work.step('Look out of the window', () => work.weather.today(work.input.to))
      expectTypeOf(found).toEqualTypeOf<'sun' | 'rain'>()
      seen.push(work.input.to, work.input.count, found)
      return { title: found }
    },
  })
  // The engine hands over exactly the names that were declared.
  const sky = { today: async () => 'rain' }
  const step = (_name: string, work: () => unknown) => work()
  expect(await typed.run({ input: { to: 'Oslo', count: 2 }, sender: {}, weather: sky, step })).toEqual({
    title: 'rain',
  })
  expect(seen).toEqual(['Oslo', 2, 'rain'])
})

it('two steps of one name are refused: the name is the idempotency key', () => {
  expect(() => mashup('twice', { ...NOTHING, steps: ['Fetch', 'Save', 'Fetch'], run: done })).toThrow('one name')
})

it.each([
  ['input', { connect: { input: parcel({ scopes: [], why: '' }) } }],
  ['step', { use: { step: weather } }],
  ['one name in both', { connect: { sky: parcel({ scopes: [], why: '' }) }, use: { sky: weather } }],
])('names in connect and use must differ and be free: %s', (_what, names) => {
  expect(() => mashup('names', { ...NOTHING, ...names, run: done })).toThrow('must differ')
})

it.each(['', 'Cats', '1st', 'a b', 'a/b', 'x'.repeat(41)])('the id %j is refused: it is part of addresses', (id) => {
  expect(() => mashup(id, { ...NOTHING, run: done })).toThrow('an id is lower case')
})

it('the version changes with the code and with the steps, and with nothing else', () => {
  const first = mashup('one', { ...NOTHING, run: async () => ({ title: 'first' }) })
  const other = mashup('one', { ...NOTHING, run: async () => ({ title: 'second' }) })
  expect(other.version).not.toBe(first.version)
  expect(mashup('one', { ...NOTHING, steps: ['A'], run: done }).version).not.toBe(
    mashup('one', { ...NOTHING, run: done }).version,
  )
  expect(mashup('one', { ...NOTHING, title: 'Another title', run: done }).version).toBe(
    mashup('one', { ...NOTHING, run: done }).version,
  )
})
