import { describe, expect, it } from 'vitest'
import { formatBytes, isStorableText } from './text.ts'

describe('isStorableText (security §11.8: what PostgreSQL refuses is refused at the door)', () => {
  it.each(['', 'cat', 'a\r\nb', '\u{1f408}', '\u200f', '\ufffd', 'e\u0301'])('takes %j', (text) => {
    expect(isStorableText(text)).toBe(true)
  })

  it.each(['\0', 'a\0b', '\ud83d', '\udc08', '\udc08\ud83d', 'cat \ud800'])('refuses %j', (text) => {
    expect(isStorableText(text)).toBe(false)
  })
})

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [2_345_678, '2.3 MB'],
    [12_345_678, '12 MB'],
    [9_949, '9.9 kB'],
    [9_960, '10 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [5_000_000_000, '5.0 GB'],
    [5e15, '5000 TB'],
  ])('%i bytes are %j', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})
