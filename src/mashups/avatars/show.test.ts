import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createServer } from '#http'
import { artistOf } from './dicebear.fixture.ts'
import { showRoutes } from './show.ts'

const notNeeded = () => Promise.reject(new Error('not needed'))

let server: FastifyInstance
let origin: string
beforeAll(async () => {
  server = await createServer({
    config: { publicUrl: 'http://avatars.test', trustedProxies: ['loopback'] },
    log: pino({ level: 'silent' }),
    renderError: (_request, _reply, shown) => shown.title,
  })
  showRoutes(server, {
    artist: artistOf(),
    pages: undefined as never,
    pictures: { fetch: notNeeded, into: notNeeded, thumbnail: notNeeded, rasterize: notNeeded },
    runs: undefined as never,
    storage: { read: notNeeded, stream: undefined as never },
  })
  origin = await server.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => server.close())

it('a PNG may be asked for thirty times in ten seconds from one address, as each may be drawn anew', async () => {
  const ask = async (name: string, address: string) => {
    const headers = { 'x-forwarded-host': 'avatars.test', 'x-forwarded-for': address }
    return (await fetch(`${origin}/avatars/r-1/${name}`, { headers })).status
  }
  const statuses = await Promise.all(Array.from({ length: 31 }, () => ask('avatar.png', '203.0.113.1')))
  expect(statuses.filter((status) => status === 429)).toHaveLength(1)
  expect(await ask('avatar.png', '203.0.113.1')).toBe(429)
  // Nobody is signed in here, so there is no such run.
  expect(await ask('avatar.svg', '203.0.113.1')).toBe(404)
  expect(await ask('avatar.png', '203.0.113.2')).toBe(404)
})
