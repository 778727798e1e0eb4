import { describe, expect, it } from 'vitest'
import { suggestUsername } from './suggest-username.ts'

const suggest = (name: string, taken: readonly string[] = []) => {
  let next = 1
  return suggestUsername(name, { isTaken: async (folded) => taken.includes(folded), number: () => ++next })
}

describe('a username made of what somebody is called elsewhere', () => {
  it.each([
    ['ana@example.com', 'ana'],
    ['Dot Dorn', 'Dot-Dorn'],
    ['  x__y..z  ', 'x-y-z'],
    ['Žofie 🦊', 'Žofie'],
    ['ａｎａ', 'ana'],
    ['a'.repeat(100), 'a'.repeat(30)],
  ])('%s: %s', async (name, suggested) => expect(await suggest(name)).toBe(suggested))

  it('takes another one where it is taken, or reserved', async () => {
    expect(await suggest('ana', ['ana', 'ana-2'])).toBe('ana-3')
    expect(await suggest('admin')).toBe('admin-2')
  })

  it.each(['', '@example.com', '🦊', 'аdmin\u0430x'])('suggests nothing of %j', async (name) =>
    expect(await suggest(name)).toBe(''),
  )

  it('gives up when all of them are taken', async () => {
    expect(await suggestUsername('ana', { isTaken: async () => true, number: () => 7 })).toBe('')
  })
})
