import { describe, expect, it } from 'vitest'
import { responseHeaders } from './response-headers.ts'

const own = (name: string) => name === '__Host-trivet'
const through = (pairs: readonly (readonly [string, string])[], isOwnHost: boolean) => {
  const headers = responseHeaders(pairs.flat(), {
    ...{ isOwnHost, isOwnCookie: own, setsCors: false, guardedBy: undefined },
    locate: (location) => location,
  })
  return headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}`] : []))
}

describe('an upstream on the host of this server (security §10.1)', () => {
  it.each([
    ['text/html', true],
    ['image/svg+xml', true],
    ['application/xhtml+xml', true],
    ['text/plain', true],
    ['application/json', false],
    ['application/problem+json; charset=utf-8', false],
    ['text/event-stream', false],
    ['application/json-patch', true],
    // Browsers take the last type of a list (WHATWG Fetch).
    ['application/json;, text/html', true],
    ['application/json, text/html', true],
    ['application/json; a="b, text/html', true],
    ['application/json; a="b", text/html', true],
    ['text/event-stream;charset=utf-8,text/html', true],
    ['application/json ; charset="utf-8"', false],
    ['application/json;x=text/html', false],
  ])('%s: its pages run without rights: %s', (type, isSandboxed) => {
    const headers = through([['Content-Type', type]], true)
    expect(headers.includes('content-security-policy: sandbox')).toBe(isSandboxed)
    expect(headers).toContain('x-content-type-options: nosniff')
  })

  it.each([
    ['application/json', 'text/html'],
    ['text/html', 'application/json'],
    ['application/json', 'application/json'],
  ])('with two types, %s and %s, too', (...types) => {
    const headers = through(
      types.map((type) => ['Content-Type', type]),
      true,
    )
    expect(headers).toContain('content-security-policy: sandbox')
  })

  it('asks for no password under the name of this host, and is told no address of it', () => {
    const pairs: [string, string][] = [
      ['WWW-Authenticate', 'Basic realm="Trivet password"'],
      ['WWW-Authenticate', 'Bearer, Digest realm="x"'],
      ['NEL', '{"report_to":"x"}'],
      ['Report-To', '{"group":"x"}'],
      ['Reporting-Endpoints', 'x="https://evil.example"'],
      ['Accept-CH', 'Sec-CH-UA-Model'],
      ['X-Accel-Redirect', '/etc/passwd'],
      ['Content-Type', 'application/json'],
    ]
    expect(through(pairs, true)).toEqual(['content-type: application/json', 'x-content-type-options: nosniff'])
    expect(through([['WWW-Authenticate', 'Bearer realm="x"']], true)).toContain('www-authenticate: Bearer realm="x"')
    expect(through([['WWW-Authenticate', 'Basic realm="x"']], false)).toEqual(['www-authenticate: Basic realm="x"'])
  })

  it('without a type, too', () => expect(through([], true)).toContain('content-security-policy: sandbox'))

  it('cannot loosen that with a policy of its own, nor rule over the host', () => {
    const headers = through(
      [
        ['Content-Security-Policy', 'sandbox allow-scripts allow-same-origin'],
        ['Clear-Site-Data', '"*"'],
        ['Service-Worker-Allowed', '/'],
        ['Strict-Transport-Security', 'max-age=0'],
        ['Content-Type', 'text/html'],
      ],
      true,
    )
    expect(headers).toEqual([
      'content-type: text/html',
      'content-security-policy: sandbox',
      'x-content-type-options: nosniff',
    ])
  })

  it('cannot set a cookie of Trivet’s, wherever it is', () => {
    const cookies: [string, string][] = [
      ['Set-Cookie', '__Host-trivet=evil; Path=/'],
      ['set-cookie', ' __Host-trivet =evil'],
      ['Set-Cookie', 'app=1'],
    ]
    for (const isOwnHost of [true, false]) {
      expect(through(cookies, isOwnHost).filter((line) => line.startsWith('set-cookie'))).toEqual(['set-cookie: app=1'])
    }
  })
})

it('on a host of its own an app keeps its policy; what is between two servers stays there (RFC 9110 §7.6.1)', () => {
  const headers = through(
    [
      ['Content-Security-Policy', "default-src 'self'"],
      ['Connection', 'keep-alive, X-Inner'],
      ['X-Inner', '1'],
      ['Keep-Alive', 'timeout=5'],
      ['Transfer-Encoding', 'chunked'],
      ['ETag', '"x"'],
    ],
    false,
  )
  expect(headers).toEqual(["content-security-policy: default-src 'self'", 'etag: "x"'])
})
