import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { Failure } from '#base'
import { createServer } from '#http'
import type { Pictures, Thumbnail } from '#pictures'
import { BENGAL, catApiOf } from './breed.fixture.ts'
import { thumbnailPath, thumbnailRoute } from './thumbnail.ts'

const WEBP: Thumbnail = { type: 'image/webp', bytes: Buffer.from('RIFF....WEBP'), sha256: 'ab' }

let server: FastifyInstance
let origin: string
let asked: Parameters<Pictures['thumbnail']>[0][]
let answer: () => Thumbnail
beforeAll(async () => {
  // Any name: the server is asked by the address that it gets.
  server = await createServer({
    config: { publicUrl: 'http://thumbnails.test', trustedProxies: ['loopback'] },
    log: pino({ level: 'silent' }),
    renderError: (_request, _reply, shown) => shown.title,
  })
  const pictures: Pictures = {
    thumbnail: async (request) => {
      asked.push(request)
      return answer()
    },
    fetch: () => Promise.reject(new Error('not needed')),
    into: () => Promise.reject(new Error('not needed')),
    rasterize: () => Promise.reject(new Error('not needed')),
  }
  thumbnailRoute(server, { cats: catApiOf(), pictures })
  origin = await server.listen({ host: '127.0.0.1', port: 0 })
})
beforeEach(() => {
  asked = []
  answer = () => WEBP
})
afterAll(() => server.close())

/** As the browser's <img> asks, through a proxy that keeps the public name. */
const get = (path: string) =>
  fetch(`${origin}${path}`, { headers: { 'x-forwarded-host': 'thumbnails.test', accept: 'image/*,*/*;q=0.8' } })

it('a breed’s own picture, small, fetched by us from the API’s hosts only; browsers keep it for a day', async () => {
  const response = await get(thumbnailPath('beng'))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('image/webp')
  expect(response.headers.get('cache-control')).toBe('public, max-age=86400')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(Buffer.from(await response.arrayBuffer())).toEqual(WEBP.bytes)
  expect(asked).toEqual([{ url: BENGAL.picture?.url, hosts: ['cdn.example:443'], width: 320, height: 240 }])
})

it.each([
  ['a breed that is not there', 'xxxx'],
  ['a breed without a picture', 'abys'],
])('%s: 404 without a document, which nobody would read, and not kept', async (_what, id) => {
  const response = await get(thumbnailPath(id))
  expect(response.status).toBe(404)
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(asked).toEqual([])
})

it('a picture that cannot be had just now is 404, too, and tells nothing of why', async () => {
  answer = () => {
    throw new Failure({ kind: 'transient', code: 'connect_failed', message: 'cdn.example did not answer.' })
  }
  const response = await get(thumbnailPath('beng'))
  expect(response.status).toBe(404)
  expect(await response.text()).toBe('This picture cannot be had just now.')
})

it('an error of ours is no missing picture: 500, for the log', async () => {
  answer = () => {
    throw new TypeError('ours')
  }
  expect((await get(thumbnailPath('beng'))).status).toBe(500)
})
