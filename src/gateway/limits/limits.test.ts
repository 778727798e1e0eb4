import { describe, expect, it } from 'vitest'
import { ANONYMOUS } from '../authenticate/authenticate.ts'
import { readRoutes } from '../routes/read-routes.ts'
import { createLimits } from './limits.ts'
import { createWindows } from './windows.ts'

const RULES = { publicUrl: 'https://id.example', ownSegments: () => new Set<string>() }

function routeOf(settings: string) {
  const text = `gateway: {routes: [{path: /mixed, upstream: "http://127.0.0.1:4000", ${settings}}]}`
  const read = readRoutes(text, RULES)
  const [route] = 'routes' in read ? read.routes : []
  if (!route) throw new Error(JSON.stringify(read))
  return route
}

function create() {
  let seconds = 0
  const limits = createLimits(createWindows({ now: () => new Date(seconds * 1000) }))
  return {
    ...limits,
    wait: (more: number) => {
      seconds += more
    },
  }
}

describe('rate limits', () => {
  it('are of one route: another one on the same path, for other methods, neither fills nor empties them', () => {
    const { byAddress, wait } = create()
    const get = routeOf('methods: [GET], rate_limit: {requests: 1000, seconds: 1}')
    const post = routeOf('methods: [POST], rate_limit: {requests: 3, seconds: 3600}')
    let through = 0
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 10; n += 1) expect(byAddress(get, '192.0.2.9')).toBeUndefined()
      for (let n = 0; n < 6; n += 1) through += byAddress(post, '192.0.2.9') ? 0 : 1
      wait(1.1)
    }
    expect(through).toBe(3)
  })

  it('begin anew when the file has other figures', () => {
    const { byAddress } = create()
    const before = routeOf('rate_limit: {requests: 1, seconds: 3600}')
    expect(byAddress(before, '192.0.2.9')).toBeUndefined()
    expect(byAddress(before, '192.0.2.9')?.wait).toBe(3600)
    expect(byAddress(routeOf('rate_limit: {requests: 1, seconds: 1}'), '192.0.2.9')).toBeUndefined()
    expect(byAddress(routeOf('rate_limit: {requests: 1, seconds: 3600}'), '192.0.2.9')?.wait).toBe(3600)
  })

  it('count an IPv6 network as one address (RFC 6177 §2), also where nobody else is known', () => {
    const { byAddress, byCaller } = create()
    const address = routeOf('rate_limit: {requests: 1, seconds: 60}')
    expect(byAddress(address, '2001:db8::1')).toBeUndefined()
    expect(byAddress(address, '2001:db8::c')).toBeDefined()
    expect(byAddress(address, '2001:db8:0:1::c')).toBeUndefined()
    for (const per of ['client', 'user']) {
      const route = routeOf(`access: public, rate_limit: {requests: 1, seconds: 60, per: ${per}}`)
      expect(byCaller(route, ANONYMOUS, '2001:db8::1')).toBeUndefined()
      expect(byCaller(route, ANONYMOUS, '2001:db8::2')).toBeDefined()
    }
  })
})
