import { describe, expect, it } from 'vitest'
import { isReserved } from './reserved.ts'
import { foldUsername, parseUsername } from './username.ts'

const folded = (text: string) => {
  const parsed = parseUsername(text)
  return typeof parsed === 'string' ? undefined : parsed.folded
}

describe('twins (security §11.8: NFKC and case fold are what is unique)', () => {
  it.each([
    ['ana', 'ANA'],
    ['ana', ' ana '],
    ['ana', '\uff41\uff4e\uff41'], // full width
    ['ana', '\u{1d41a}\u{1d427}\u{1d41a}'], // mathematical bold
    ['fish', '\ufb01sh'], // ligature
    ['strasse', 'STRASSE'],
    ['strasse', 'Stra\u00dfe'],
    ['strasse', 'STRA\u1e9eE'],
    ['kelvin', '\u212aelvin'],
    ['zo\u00eb', 'zoe\u0308'],
    ['\u03c3\u03bf\u03c6\u03cc\u03c2', '\u03a3\u039f\u03a6\u038c\u03a3'], // final sigma
    ['sun', '\u017fun'], // long s
    ['i2', '\u2170\u00b2'], // roman numeral, superscript
  ])('%s and %s are one name', (one, other) => {
    expect(folded(other)).toBe(folded(one))
    expect(folded(one)).toBeDefined()
  })

  it('folding twice changes nothing, over all of Unicode that a name may have', () => {
    for (let point = 1; point < 0x1_f000; point += 1) {
      const text = String.fromCodePoint(point)
      if (!/[\p{L}\p{N}]/u.test(text)) continue
      const once = foldUsername(text)
      if (foldUsername(once) !== once) expect.fail(`U+${point.toString(16)}`)
    }
  })

  it.each(['\u0430dmin', 'pay\u03c1al', '\u0405am', 'r\u03bfot'])(
    '%j, of several alphabets that look alike, is refused',
    (text) => {
      expect(parseUsername(text)).toContain('Letters of several alphabets')
    },
  )

  it.each([
    '\u0410\u043d\u043d\u0430',
    '\u0645\u0631\u064a\u0645',
    '\u674e\u660e',
    '\u0e2d\u0e32\u0e23\u0e35',
    'Zo\u00eb',
    '\uae40',
  ])('names of all languages are names: %s', (text) => {
    expect(folded(text)).toBeDefined()
  })
})

describe('what is no name', () => {
  it.each([
    ['nothing', ''],
    ['spaces only', '   '],
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud83d'],
    ['a line break', 'ana\r\nX-Evil: 1'],
    ['a space inside', 'ana maria'],
    ['a letter that cannot be seen', 'ana\u200d'],
    ['a soft hyphen', 'a\u00adna'],
    ['a filler', '\u3164'],
    ['direction marks', '\u202eana'],
    ['a mark without a letter', '\u0301na'],
    ['an emoji', 'ana\u{1f408}'],
    ['HTML', '<b>ana</b>'],
    ['an e-mail address', 'ana@example.com'],
    ['a path', 'ana/../bo'],
    ['a dot at the end', 'ana.'],
    ['two dots', 'a..b'],
    ['65 characters', 'a'.repeat(65)],
    ['what grows when it is normalised', '\ufdfa'.repeat(20)],
  ])('%s', (_title, text) => {
    expect(typeof parseUsername(text)).toBe('string')
  })

  it('is measured in characters, and 64 of them are good', () => {
    expect(folded('a'.repeat(64))).toBeDefined()
    expect(folded('\u{20bb7}'.repeat(64))).toBeDefined()
  })
})

describe('reserved names', () => {
  it.each(['admin', 'Admin', 'ADMIN', 'a.d.m.i.n', 'ad-min', '\uff21dmin', 'root', 'trivet', 'trivet-login', 'null'])(
    '%s',
    (text) => {
      expect(isReserved(folded(text) ?? '')).toBe(true)
    },
  )

  it.each(['user', 'ana', 'administrata', 'rooted'])('%s is not', (text) => {
    expect(isReserved(folded(text) ?? '')).toBe(false)
  })
})
