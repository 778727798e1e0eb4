import { expect, it } from 'vitest'
import { callersLocation } from './redirects.ts'

const PLACE = 'https://app.example'
const at = (base: string, strips: string) => ({ origin: 'http://127.0.0.1:7401', base, strips })

it.each([
  ['', '', 'http://127.0.0.1:7401/elsewhere?a=b#c', 'https://app.example/elsewhere?a=b#c'],
  ['', '', '//127.0.0.1:7401/elsewhere', 'https://app.example/elsewhere'],
  ['/base', '/notes', 'http://127.0.0.1:7401/base/1', 'https://app.example/notes/1'],
  ['', '/notes', 'http://127.0.0.1:7401/1', 'https://app.example/notes/1'],
  // It stays on the host of the caller, however the path begins.
  ['', '', 'http://127.0.0.1:7401//evil.example', 'https://app.example//evil.example'],
])('base %j, left out %j: %s leads to %s', (base, strips, location, told) =>
  expect(callersLocation(location, at(base, strips), PLACE)).toBe(told),
)

it.each([
  '/elsewhere',
  'elsewhere',
  'https://other.example/',
  'http://127.0.0.1:7402/',
  'http://[',
  'http://127.0.0.1:7401/bases',
])('%s stays as it is', (location) => expect(callersLocation(location, at('/base', ''), PLACE)).toBe(location))
