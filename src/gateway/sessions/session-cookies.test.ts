import { describe, expect, it } from 'vitest'
import { createCookies } from '#http'
import { createSessionCookies } from './session-cookies.ts'

describe('cookies on the hosts of routes', () => {
  it('by https: __Host-, Secure, of no other path or domain (RFC 6265bis §4.1.3.2)', () => {
    const { session, visit } = createSessionCookies('https://id.example/auth')
    expect(session.set('v1.k.a.b', 60)).toBe(
      '__Host-trivet-gateway=v1.k.a.b; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure',
    )
    expect(visit.set('x', 60)).toMatch(/^__Host-trivet-gateway-visit=x; /)
    expect(session.clear()).toContain('Max-Age=0')
  })

  it('by http: told apart by the port of the server, since all ports of a host share one jar', () => {
    expect(createSessionCookies('http://localhost:3000').session.set('x', 1)).toMatch(/^trivet-3000-gateway=x; /)
  })

  it.each(['https://id.example', 'http://localhost:3000'])(
    'are Trivet’s by name: none reaches an upstream (%s)',
    (url) => {
      const { session, visit } = createSessionCookies(url)
      for (const cookie of [session, visit]) {
        expect(createCookies(url).isOwn(cookie.set('x', 1).split('=', 1)[0] ?? '')).toBe(true)
      }
    },
  )

  it('reads the one that is meant, and nothing that has not the form of a value of ours', () => {
    const { session } = createSessionCookies('http://localhost:3000')
    const read = (...headers: string[]) => session.read(headers.flatMap((value) => ['Cookie', value]))
    expect(read('a=b; trivet-3000-gateway=v1.x; c=d')).toBe('v1.x')
    expect(read('a=b', 'trivet-3000-gateway=v1.x')).toBe('v1.x')
    expect(read('trivet-3000-gateway-visit=x; xtrivet-3000-gateway=y')).toBe(undefined)
    for (const value of ['', '"x"', 'a b', 'ü', 'x'.repeat(5000)]) {
      expect(read(`trivet-3000-gateway=${value}`)).toBe(undefined)
    }
  })
})
