import { describe, expect, it } from 'vitest'
import { responseUrl } from './response.ts'

const url = (redirectUri: string, parameters: Record<string, string> = { code: 'a' }) =>
  responseUrl({ place: { redirectUri, responseMode: 'query' }, parameters })

describe('the address that the answer goes to (RFC 6749 §3.1.2, §4.1.2)', () => {
  it.each([
    ['https://a.example/cb', 'https://a.example/cb?code=a'],
    ['https://a.example', 'https://a.example?code=a'],
    ['https://A.example:443/x/../cb?x=1', 'https://A.example:443/x/../cb?x=1&code=a'],
    ['https://a.example/cb?', 'https://a.example/cb?code=a'],
    ['https://a.example/cb?x&', 'https://a.example/cb?x&code=a'],
    ['com.example.app:/cb', 'com.example.app:/cb?code=a'],
  ])('%s keeps its query, character by character', (redirectUri, expected) => {
    expect(url(redirectUri)).toBe(expected)
  })

  it('encodes what it adds: state cannot end the parameter, the line or the header', () => {
    const state = 'a&code=b#c\r\nSet-Cookie: x=ü"<'
    const made = url('https://a.example/cb', { state })
    expect(made).toMatch(/^[\x21-\x7e]+$/)
    expect(new URL(made).searchParams.get('state')).toBe(state)
    expect(new URL(made).searchParams.has('code')).toBe(false)
  })
})
