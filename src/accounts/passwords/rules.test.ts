import { describe, expect, it } from 'vitest'
import { COMMON_PASSWORDS } from './common.ts'
import { refusePassword } from './rules.ts'

describe('a password that is chosen (ASVS 6.2)', () => {
  it.each([
    ['eight characters', 'gT4 kzq!'],
    ['no capitals, digits or signs: no rules of composition (6.2.5)', 'lamp river tuesday'],
    ['spaces', '  two  spaces  '],
    ['128 characters', 'ab'.repeat(64)],
    [
      'characters of more than one UTF-16 unit, counted once',
      '\u{1f408}\u{1f415}\u{1f408}\u{1f415}\u{1f42d}\u{1f408}\u{1f415}\u{1f42d}',
    ],
    ['any language', 'пароль мой длинный'],
  ])('may have %s', (_title, password) => {
    expect(refusePassword(password, 'ana')).toBeUndefined()
  })

  it.each([
    ['seven characters', 'gT4 kz!', 'at least 8'],
    ['seven characters that are fourteen UTF-16 units', '\u{1f408}'.repeat(7), 'at least 8'],
    ['129 characters', 'ab '.repeat(43), 'at most 128'],
    ['NUL', 'lamp\0river', 'no keyboard'],
    ['half a surrogate pair', 'lamp river\ud83d', 'no keyboard'],
    ['the username', 'Ana-Maria', 'is the username'],
    ['one of the most common', 'password1', 'first that are tried'],
    ['one of them in capitals', 'PassWord1', 'first that are tried'],
    ['one of them in full width', '\uff50assword1', 'first that are tried'],
    ['one character repeated', 'aaaaaaaaaaaa', 'first that are tried'],
    ['a run of digits', '123456789', 'first that are tried'],
    ['a run backwards', '87654321', 'first that are tried'],
    ['a run of letters', 'abcdefghij', 'first that are tried'],
  ])('may not be %s', (_title, password, why) => {
    expect(refusePassword(password, 'ana-maria')).toContain(why)
  })

  it('the list holds only what could be chosen, in the form it is compared in', () => {
    expect(COMMON_PASSWORDS.size).toBeGreaterThan(250)
    for (const word of COMMON_PASSWORDS) expect(word).toBe(word.toLowerCase())
  })
})
