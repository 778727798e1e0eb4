import { describe, expect, it } from 'vitest'
import { parseReturnPath, returnPathOf } from './return-path.ts'

const HERE = 'https://trivet.example'

describe('the way back (RFC 9700 §4.11: no open redirector)', () => {
  it.each([
    ['/', '/'],
    ['/runs/0192', '/runs/0192'],
    ['/cats?run=1&x=%2F%2Fevil.example', '/cats?run=1&x=%2F%2Fevil.example'],
    ['/cats?next=//evil.example', '/cats?next=//evil.example'],
    ['/cats#there', '/cats'],
    ['/a@b', '/a@b'],
  ])('takes %j', (text, path) => {
    expect(parseReturnPath(text, HERE)).toBe(path)
  })

  it('is one without the base path, which is put before it on the way out, once', () => {
    expect(parseReturnPath('/runs?x=1', 'https://id.example/auth')).toBe('/runs?x=1')
    expect(parseReturnPath('//evil.example', 'https://id.example/auth')).toBeUndefined()
  })

  it.each([
    '',
    'runs',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\\/evil.example',
    '/a\\b',
    '/%2f/evil.example',
    '/%2Fevil.example',
    '/%5cevil.example',
    '/%5Cevil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/%2e%2e//evil.example',
    '/%2e/x',
    '/a/../b',
    '/.',
    '/a//b',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r\nSet-Cookie: a=b',
    '/%0d%0aSet-Cookie:a=b',
    '/%00',
    '/\u0000',
    '/ x',
    '/x\u007f',
    '/\u2028',
    '/ｅ',
    'https://trivet.example/runs',
    'https://evil.example/',
    'HTTPS://evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'http:evil.example',
    '@evil.example',
    `/${'a'.repeat(2000)}`,
    undefined,
    null,
    ['/a', '/b'],
  ])('refuses %j', (text) => {
    expect(parseReturnPath(text, HERE)).toBeUndefined()
  })
})

describe('returnPathOf', () => {
  it.each([
    ['/runs?page=2', '/runs?page=2'],
    [`/runs?page=${'2'.repeat(2000)}`, '/runs'],
    [`/${'a'.repeat(2000)}?page=2`, '/'],
  ])('of %s is taken along what will be taken back', (url, taken) => {
    expect(returnPathOf(url)).toBe(taken)
    expect(parseReturnPath(taken, HERE)).toBe(taken)
  })
})
