import { expect, it } from 'vitest'
import { textField } from './fields/text-field.tsx'
import { filledForm } from './filled-form.ts'

const mashup = { path: '/parcel', form: { to: textField({ label: 'To' }), from: textField({ label: 'From' }) } }

it('the address of a form holds what its fields have, and nothing else', () => {
  expect(filledForm(mashup, { to: 'Oslo & Rome', from: '', csrf: 'secret' })).toBe('/parcel?to=Oslo+%26+Rome')
  expect(filledForm(mashup, { csrf: 'secret' })).toBe('/parcel')
})

it('a text that no field takes is left out: an address of 60 kB arrives nowhere', () => {
  expect(filledForm(mashup, { to: '🦊'.repeat(5000), from: 'Rome' })).toBe('/parcel?from=Rome')
})
