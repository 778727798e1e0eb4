import { describe, expect, it } from 'vitest'
import { matchRedirectUri } from './redirect-match.ts'

const matches = (registered: string | string[], presented: string) =>
  matchRedirectUri({ redirectUris: [registered].flat() }, presented)

describe('matchRedirectUri (RFC 9700 §4.1.3: the same text)', () => {
  it.each([
    'https://a.ex/cb',
    'https://a.ex',
    'https://a.ex/cb?x=1&y=%2F',
    'com.example.app:/cb',
    'http://127.0.0.1/cb',
  ])('%s is itself', (uri) => expect(matches(uri, uri)).toBe(true))

  it('any of several', () => {
    expect(matches(['https://a.ex/cb', 'https://b.ex/cb'], 'https://b.ex/cb')).toBe(true)
    expect(matches([], 'https://b.ex/cb')).toBe(false)
  })

  it.each([
    'https://a.ex/cb/',
    'https://a.ex/CB',
    'https://a.ex/cb?x=1',
    'https://a.ex/cb?',
    'https://a.ex/cb#f',
    'https://a.ex/cb#',
    'https://A.ex/cb',
    'HTTPS://a.ex/cb',
    'https://a.ex:443/cb',
    'https://a.ex@evil/cb',
    'https://u@a.ex/cb',
    'https://@a.ex/cb',
    'https://a.ex/x/../cb',
    'https://a.ex/./cb',
    'https://a.ex/%2e/cb',
    'https://a.ex/c%62',
    'https://a.ex//cb',
    'https://a.ex\\cb',
    'https://a.ex/cb ',
    ' https://a.ex/cb',
    'https://a.ex/cb\n',
    'https://a.ex./cb',
    'https://a.ex.evil.ex/cb',
    'http://a.ex/cb',
    '//a.ex/cb',
    '/cb',
    '',
    'https://a.ex/cb?x=1&x=1',
  ])('https://a.ex/cb is not %j (security §7)', (presented) => {
    expect(matches('https://a.ex/cb', presented)).toBe(false)
  })

  it.each([
    ['https://a.ex/cb?x=1', 'https://a.ex/cb?x=1&x=1'],
    ['https://a.ex/cb?x=1', 'https://a.ex/cb'],
    ['https://127.0.0.1/cb', 'https://127.0.0.1:1/cb'],
    ['https://localhost/cb', 'https://localhost:8443/cb'],
    ['com.example.app:/cb', 'com.example.app:/cb2'],
    ['com.example.app:/cb', 'COM.example.app:/cb'],
  ])('%s is not %s', (registered, presented) => expect(matches(registered, presented)).toBe(false))
})

describe('matchRedirectUri, loopback (RFC 8252 §7.3: any port)', () => {
  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51234/cb'],
    ['http://[::1]/cb', 'http://[::1]:51234/cb'],
    ['http://localhost/cb', 'http://localhost:51234/cb'],
    ['http://127.0.0.1:8080/cb', 'http://127.0.0.1:9090/cb'],
    ['http://127.0.0.1:8080/cb', 'http://127.0.0.1/cb'],
    ['http://localhost', 'http://localhost:1'],
    ['http://localhost/', 'http://localhost:65535/'],
    ['http://localhost/cb?a=b', 'http://localhost:7/cb?a=b'],
  ])('%s is %s', (registered, presented) => expect(matches(registered, presented)).toBe(true))

  it.each([
    'http://localhost:1/cb',
    'http://127.0.0.2:1/cb',
    'http://127.1:1/cb',
    'http://2130706433:1/cb',
    'http://0x7f.0.0.1:1/cb',
    'http://127.0.0.1.:1/cb',
    'https://127.0.0.1:1/cb',
    'http://127.0.0.1:1/cb2',
    'http://127.0.0.1:1/cb/',
    'http://127.0.0.1:1/cb?x',
    'http://127.0.0.1:1/cb#f',
    'http://127.0.0.1.evil.ex/cb',
    'http://127.0.0.1:1@evil.ex/cb',
    'http://127.0.0.1@evil.ex/cb',
    'http://u@127.0.0.1:1/cb',
    'http://127.0.0.1:/cb',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:080/cb',
    'http://127.0.0.1:65536/cb',
    'http://127.0.0.1:-1/cb',
    'http://127.0.0.1:1x/cb',
    'http://[::1]:1/cb',
    'http://127.0.0.1:1\\@evil.ex/cb',
    'http://127.0.0.1:1/cb\n',
    'HTTP://127.0.0.1:1/cb',
  ])('http://127.0.0.1/cb is not %s', (presented) => {
    expect(matches('http://127.0.0.1/cb', presented)).toBe(false)
  })

  it.each([
    ['http://[::1]/cb', 'http://[0:0:0:0:0:0:0:1]:1/cb'],
    ['http://localhost/cb', 'http://localhost.evil.ex:1/cb'],
    ['http://localhost/cb', 'http://LOCALHOST:1/cb'],
    ['http://localhost/cb', 'http://127.0.0.1:1/cb'],
    ['http://localhost', 'http://localhost:1/'],
    ['http://a.ex/cb', 'http://a.ex:1/cb'],
  ])('%s is not %s', (registered, presented) => expect(matches(registered, presented)).toBe(false))
})
