import { expect, it } from 'vitest'
import { moment, table } from './table.ts'

it('aligns columns', () => {
  expect(
    table([
      ['A', 'B'],
      ['long', ''],
      ['x', 'y'],
    ]),
  ).toBe('A     B\nlong\nx     y')
})

it.each(['\u001b[2J', '\u009b2J', '\u202e', '\n', '\u2028'])('%j steers no terminal', (text) => {
  expect(table([[`a${text}b`]])).toBe(`a?${text.slice(1)}b`)
})

it('moments are to the minute, in UTC', () => {
  expect([moment(new Date('2026-11-20T14:45:59+01:00')), moment(null)]).toEqual(['2026-11-20 13:45Z', '-'])
})
