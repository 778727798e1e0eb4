import { expect, test } from 'vitest'
import { limited } from './index.ts'
import { serve } from './wire.fixture.ts'

test('so many requests from one address, then 429 with the seconds to wait, as a problem; other routes go on', async () => {
  const { send } = await serve(
    (server) => {
      server.get('/fast', { config: limited({ most: 2, seconds: 30 }) }, async () => 'drawn')
      server.get('/other', async () => 'here')
    },
    { trustedProxies: ['loopback'] },
  )
  const from = (address: string) =>
    send('/fast', { headers: { 'x-forwarded-for': address, accept: 'application/json' } })
  expect([(await from('203.0.113.1')).status, (await from('203.0.113.1')).status]).toEqual([200, 200])
  const refused = await from('203.0.113.1')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(25)
  expect(refused.headers['content-type']).toContain('application/problem+json')
  expect(JSON.parse(refused.body)).toMatchObject({ code: 'too_many_requests', status: 429 })
  expect((await from('203.0.113.2')).status).toBe(200)
  expect((await send('/other')).status).toBe(200)
})

test('what a page of another site embeds uses up nothing of what people may do themselves', async () => {
  const { send } = await serve((server) => {
    server.get('/fast', { config: limited({ most: 2, seconds: 30 }) }, async () => 'drawn')
  })
  const as = async (site: string, destination: string) =>
    (await send('/fast', { headers: { 'sec-fetch-site': site, 'sec-fetch-dest': destination } })).status
  const picture = () => as('cross-site', 'image')
  expect([await picture(), await picture(), await picture()]).toEqual([200, 200, 429])
  expect(await as('same-site', 'iframe')).toBe(429)
  // The answer of a provider comes from another site, too, and as a page of its own.
  expect([await as('cross-site', 'document'), await as('same-origin', 'empty')]).toEqual([200, 200])
  expect([await as('none', 'document'), (await send('/fast')).status]).toEqual([429, 429])
})
