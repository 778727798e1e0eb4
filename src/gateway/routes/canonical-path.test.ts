import { describe, expect, it } from 'vitest'
import { canonicalPath } from './canonical-path.ts'

describe('canonicalPath', () => {
  it.each([
    ['/', '/'],
    ['/notes', '/notes'],
    ['/notes/', '/notes/'],
    ["/a-b_c.d~e!$&'()*+,=:@/f", "/a-b_c.d~e!$&'()*+,=:@/f"],
    ['/%6Eotes/%7euser', '/notes/~user'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%20b', '/a%20b'],
    ['/...', '/...'],
    ['/a.b/..c', '/a.b/..c'],
  ])('%s is written %s (RFC 3986 §6.2.2)', (path, written) => expect(canonicalPath(path)).toBe(written))

  it.each([
    '',
    'notes',
    '*',
    'http://elsewhere/',
    '//notes',
    '/notes//x',
    '/.',
    '/./x',
    '/x/..',
    '/x/../y',
    '/%2e%2e/y',
    '/x/%2E./y',
    '/x%2fy',
    '/x%2Fy',
    '/x%5cy',
    '/x\\y',
    '/x;a=b',
    '/x%3by',
    '/x%00',
    '/x%0d%0a',
    '/x%7f',
    '/x%252fy',
    '/x%23y',
    '/x%3fy',
    ...['/%C0%AF', '/x/%C0%AE%C0%AE/y', '/%FF', '/%ED%A0%80', '/caf%E9', '/%F4%90%80%80'],
    '/x%',
    '/x%g1',
    '/x y',
    '/x#y',
    '/x?y',
    '/é',
    '/x\u0000',
  ])('%j can be read in more than one way, so it is nobody’s (security §9.3, §10.18)', (path) =>
    expect(canonicalPath(path)).toBe(undefined),
  )

  it('is what it is already: written once more nothing changes', () => {
    for (const path of ['/%6Eotes/%7euser', '/caf%c3%a9', '/a%20b']) {
      const once = canonicalPath(path) ?? ''
      expect(canonicalPath(once)).toBe(once)
    }
  })
})
