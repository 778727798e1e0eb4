import { describe, expect, it } from 'vitest'
import { afterCancel, afterSignIn, hiddenFields, parseWayOn, withWayOn } from './way-on.ts'

const HERE = 'https://trivet.example'
const to = (return_to: string) => parseWayOn({ return_to }, HERE).returnTo
const ID = 'a1B2-c3_D4e5F6g7H8i9J0'

describe('return_to (security §6: same-origin paths only)', () => {
  it.each([
    ['/account', '/account'],
    ['/cats?breed=beng&x=%2F%2Fe', '/cats?breed=beng&x=%2F%2Fe'],
    ['/runs/1#end', '/runs/1'],
  ])('%s', (text, path) => {
    expect(to(text)).toBe(path)
  })

  it.each([
    '',
    'account',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/%2fevil.example',
    '/%5Cevil.example',
    '/..//evil.example',
    '/%2e%2e/x',
    '/\tevil',
    '/a\r\nSet-Cookie: x=1',
    'https://evil.example',
    'HtTpS://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'https://trivet.example@evil.example',
    '/\u2215evil.example',
    `/${'a'.repeat(3000)}`,
  ])('%j leads nowhere', (text) => {
    expect(to(text)).toBeUndefined()
    expect(afterSignIn(parseWayOn({ return_to: text }, HERE))).toBe('/account')
    expect(afterCancel(parseWayOn({ return_to: text }, HERE))).toBe('/')
  })
})

describe('interaction', () => {
  it('leads back to /authorize, before any return_to; Cancel says so there (RFC 6749 §4.1.2.1)', () => {
    const way = parseWayOn({ interaction: ID, return_to: '/runs' }, HERE)
    expect(afterSignIn(way)).toBe(`/authorize?interaction=${ID}`)
    expect(afterCancel(way)).toBe(`/authorize?interaction=${ID}&login=cancelled`)
    expect(withWayOn('/register', way)).toBe(`/register?interaction=${ID}&return_to=%2Fruns`)
    expect(hiddenFields(way)).toEqual({ interaction: ID, return_to: '/runs' })
  })

  it.each(['', 'short', '../../x/../../evil1', `${ID}&login=ok`, `${ID}\r\n`, 'x'.repeat(200), ID.replace('-', '%2d')])(
    '%j is none',
    (interaction) => {
      expect(parseWayOn({ interaction }, HERE).interaction).toBeUndefined()
    },
  )
})
