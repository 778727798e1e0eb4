import { expect, it } from 'vitest'
import { renderPage } from '#ui'
import { choiceField } from './choice-field.tsx'
import { textField } from './text-field.tsx'

const city = textField({ label: 'City', hint: 'Where it goes.', most: 5 })
const code = textField({ label: 'Code', optional: true, pattern: { matches: /^\d{5}$/, says: 'five digits' } })
const size = choiceField({
  label: 'Size',
  options: [
    { value: 's', label: 'small' },
    { value: 'l', label: 'large' },
  ],
})

it.each([
  ['Oslo', { value: 'Oslo' }],
  ['  Oslo ', { value: 'Oslo' }],
  ['🦊🦊🦊🦊🦊', { value: '🦊🦊🦊🦊🦊' }],
  ['مرحبا', { value: 'مرحبا' }],
  ['<b>x', { value: '<b>x' }],
  ['', { error: 'City: write something here.' }],
  ['   ', { error: 'City: write something here.' }],
  [undefined, { error: 'City: write something here.' }],
  ['London', { error: 'City: at most 5 characters, and these are 6.' }],
  ['x'.repeat(10_000), { error: 'City: at most 5 characters, and these are 10000.' }],
  ['a\0b', { error: 'City: there is a character in it that is none.' }],
  ['\ud800', { error: 'City: there is a character in it that is none.' }],
])('a line of text: %j', (text, parsed) => {
  expect(city.parse(text, undefined)).toEqual(parsed)
})

it('one that may be empty has to fit its pattern when it is not', () => {
  expect(code.parse(undefined, undefined)).toEqual({ value: '' })
  expect(code.parse('01234', undefined)).toEqual({ value: '01234' })
  expect(code.parse('1234', undefined)).toEqual({ error: 'Code: this is not five digits.' })
})

it('one of several, and nothing else', () => {
  expect(size.parse('l', undefined)).toEqual({ value: 'l' })
  expect(size.parse('xl', undefined)).toEqual({ error: 'Size: choose one of the list.' })
  expect(size.parse(undefined, undefined)).toEqual({ error: 'Size: choose one.' })
})

it('what was typed is kept, escaped, with what is wrong beside it', () => {
  const state = { name: 'city', label: 'City', hint: 'Where it goes.', loaded: undefined, href: String }
  const html = renderPage(city.draw({ ...state, text: '"><script>', error: 'No.' }))
  expect(html).toContain('value="&quot;>&lt;script>"')
  expect(html).toContain('id="city-error"')
  expect(html).toContain('aria-describedby="city-hint city-error"')
  const chosen = renderPage(size.draw({ ...state, name: 'size', text: 'l', error: undefined }))
  expect(chosen).toMatch(/<option[^>]* value="l"[^>]* selected/)
})
