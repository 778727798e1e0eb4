import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { textField } from '../testing/mashup.fixture.tsx'
import { type FormField, loadForm, parseForm, readForm } from './form.ts'

/** One of the sizes that a service knows. */
const sized: FormField<string, readonly string[]> = {
  ...textField('Size'),
  load: async (services) => services('sizes') as readonly string[],
  parse(text, sizes) {
    return text !== undefined && sizes.includes(text) ? { value: text } : { error: 'No such size.' }
  },
  draw: () =>
    textField('Size').draw({
      name: 'size',
      label: 'Size',
      hint: undefined,
      text: undefined,
      error: undefined,
      loaded: undefined,
      href: (path) => path,
    }),
}
const form = { to: textField('To'), from: textField('From'), size: sized }
const services = (name: string) => (name === 'sizes' ? ['small', 'large'] : undefined)

it('every field is parsed with what it loaded', async () => {
  const loaded = await loadForm(form, services)
  expect(loaded).toEqual({ to: undefined, from: undefined, size: ['small', 'large'] })
  expect(parseForm(form, { to: 'Oslo', from: 'Rome', size: 'small' }, loaded)).toEqual({
    ok: true,
    input: { to: 'Oslo', from: 'Rome', size: 'small' },
  })
})

it('all errors come at once, so that a form is corrected in one go', async () => {
  const parsed = parseForm(form, { from: 'bad', size: 'huge' }, await loadForm(form, services))
  expect(parsed).toEqual({
    ok: false,
    errors: { to: 'To is missing.', from: 'From cannot be "bad".', size: 'No such size.' },
  })
})

it('a field that the form does not have is ignored', async () => {
  const texts = { to: 'Oslo', from: 'Rome', size: 'large', admin: 'true', csrf: 'x' }
  expect(parseForm(form, texts, await loadForm(form, services))).toEqual({
    ok: true,
    input: { to: 'Oslo', from: 'Rome', size: 'large' },
  })
})

it('fields load side by side: a form waits for the slowest one, not for all', async () => {
  let loading = 0
  let most = 0
  const slow: FormField<string, undefined> = {
    ...textField('Slow'),
    async load() {
      loading += 1
      most = Math.max(most, loading)
      await sleep(5)
      loading -= 1
    },
  }
  await loadForm({ a: slow, b: slow, c: slow }, services)
  expect(most).toBe(3)
})

it('what only fields together can be wrong in is said at the field that has to change', async () => {
  const asked: unknown[] = []
  const mashup = {
    form,
    check: async (input: Readonly<Record<string, unknown>>, given: (name: string) => unknown) => {
      asked.push(input, given('sizes'))
      return { from: input['from'] === input['to'] ? 'A parcel goes somewhere else.' : undefined }
    },
  }
  const texts = { to: 'Oslo', from: 'Oslo', size: 'small' }
  expect(await readForm(mashup, texts, services)).toEqual({
    ok: false,
    errors: { from: 'A parcel goes somewhere else.' },
  })
  expect(asked).toEqual([texts, ['small', 'large']])
  expect(await readForm(mashup, { ...texts, from: 'Rome' }, services)).toMatchObject({ ok: true })
  expect(await readForm(mashup, { ...texts, to: 'bad' }, services)).toMatchObject({
    errors: { to: expect.any(String) },
  })
  expect(asked).toHaveLength(4)
})
