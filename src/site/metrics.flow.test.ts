import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '#base'
import { createServer } from '#http'
import { createMetrics, metricsRoute } from './index.ts'

const TOKEN = 'a-token-of-the-collector'
const metrics = createMetrics({ routes: () => 3, problems: () => 2 })

async function serve(kept: Parameters<typeof metricsRoute>[1]) {
  const server = await createServer({
    config: { publicUrl: 'https://id.example/auth', trustedProxies: [] },
    log: pino({ level: 'silent' }),
    renderError: (_request, _reply, { title }) => title,
  })
  metricsRoute(server, kept)
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  return { server, url }
}

let on: Awaited<ReturnType<typeof serve>>
let off: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  on = await serve({ metrics, token: new Secret(TOKEN) })
  off = await serve(undefined)
})
afterAll(async () => {
  await on.server.close()
  await off.server.close()
})

const read = (url: string, authorization?: string) =>
  fetch(`${url}/metrics`, authorization === undefined ? {} : { headers: { authorization } })

describe('GET /metrics', () => {
  it('is asked by address, like the health of the server, whatever its public URL', async () => {
    const response = await read(on.url, `Bearer ${TOKEN}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.text()).toContain('process_cpu_seconds_total')
  })

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${TOKEN}`,
    TOKEN,
  ])('%j opens nothing: 401, and nothing of the numbers', async (authorization) => {
    const response = await read(on.url, authorization)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="metrics"')
    expect(await response.text()).not.toContain('process_')
  })

  it('without the setting there is nothing here, whatever token is shown', async () => {
    for (const authorization of [undefined, 'Bearer ', 'Bearer undefined', `Bearer ${TOKEN}`]) {
      expect((await read(off.url, authorization)).status).toBe(404)
    }
  })

  it('counts requests by route, method, status and outcome; callers make no series of their own', async () => {
    const request = { route: '/notes', method: 'GET', outcome: 'answered', status: 200, code: undefined, seconds: 0.02 }
    for (let time = 0; time < 3; time += 1) metrics.gatewayRequest(request)
    for (const method of ['M-SEARCH', 'PURGE', 'X']) metrics.gatewayRequest({ ...request, method })
    const refused = { outcome: 'refused', status: 401, code: 'route_unauthorized' }
    metrics.gatewayRequest({ ...request, ...refused })
    metrics.gatewayRequest({ ...request, route: undefined, ...refused, status: 404, code: 'route_not_found' })
    metrics.gatewayRequest({ ...request, outcome: 'broken_off', status: undefined })
    const lines = (await (await read(on.url, `Bearer ${TOKEN}`)).text()).split('\n')
    const of = (name: string) => lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    expect(of('trivet_gateway_requests_total')).toEqual([
      'trivet_gateway_requests_total{route="/notes",method="GET",outcome="answered",status="200"} 3',
      'trivet_gateway_requests_total{route="/notes",method="other",outcome="answered",status="200"} 3',
      'trivet_gateway_requests_total{route="/notes",method="GET",outcome="refused",status="401"} 1',
      'trivet_gateway_requests_total{route="",method="GET",outcome="refused",status="404"} 1',
      'trivet_gateway_requests_total{route="/notes",method="GET",outcome="broken_off",status=""} 1',
    ])
    expect(of('trivet_gateway_refusals_total')).toEqual([
      'trivet_gateway_refusals_total{route="/notes",code="route_unauthorized"} 1',
      'trivet_gateway_refusals_total{route="",code="route_not_found"} 1',
    ])
    expect(of('trivet_gateway_request_seconds_count')).toEqual([
      'trivet_gateway_request_seconds_count{route="/notes"} 8',
      'trivet_gateway_request_seconds_count{route=""} 1',
    ])
    expect(of('trivet_gateway_request_seconds_bucket')).toContain(
      'trivet_gateway_request_seconds_bucket{le="0.025",route="/notes"} 8',
    )
    expect(of('trivet_gateway_routes')).toEqual(['trivet_gateway_routes 3'])
    expect(of('trivet_gateway_file_problems')).toEqual(['trivet_gateway_file_problems 2'])
  })
})
