import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '#http'
import { assetRoute, readAssets } from './index.ts'

const CSS = Buffer.from('body{color:teal}'.repeat(20))
const STYLE = 'style.0123456789ab.css'

let directory: string
let port: number
let close: () => Promise<void>

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trivet-assets-'))
  const assets = join(directory, 'assets')
  mkdirSync(assets)
  const write = (name: string, content: Buffer | string) => writeFileSync(join(assets, name), content)
  write(STYLE, CSS)
  write(`${STYLE}.br`, brotliCompressSync(CSS))
  write(`${STYLE}.gz`, gzipSync(CSS))
  write('island.abc.js', 'let a')
  write('favicon.def.svg', '<svg/>')
  write('notes.txt', 'not an asset')
  write('manifest.json', JSON.stringify({ 'style.css': STYLE }))
  writeFileSync(join(directory, 'master-key.css'), 'secret')
  const server = await createServer({
    config: { publicUrl: 'http://localhost:3000', trustedProxies: [] },
    log: pino({ level: 'silent' }),
    renderError: (_request, _reply, shown) => shown.code,
  })
  assetRoute(server, readAssets(assets))
  await server.listen({ port: 0, host: '127.0.0.1' })
  port = (server.server.address() as AddressInfo).port
  close = () => server.close()
})
afterAll(async () => {
  await close()
  rmSync(directory, { recursive: true, force: true })
})

function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: false,
      headers: { host: 'localhost:3000', ...headers },
    }
    const sent = request(options, async (answer) => {
      const body = Buffer.concat(await answer.toArray())
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('GET /assets/<name>.<hash>.<ext>', () => {
  it('never changes under its name: cached for a year, immutable (RFC 8246)', async () => {
    const { status, headers, body } = await get(`/assets/${STYLE}`)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/css; charset=utf-8',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
    })
    expect(headers['content-encoding']).toBeUndefined()
    expect(body.equals(CSS)).toBe(true)
  })

  it.each([
    ['island.abc.js', 'text/javascript; charset=utf-8'],
    ['favicon.def.svg', 'image/svg+xml'],
  ])('%s is %s', async (file, type) => expect((await get(`/assets/${file}`)).headers['content-type']).toBe(type))

  it('sets no cookie: shared caches may keep it', async () => {
    const { headers } = await get(`/assets/${STYLE}`, { cookie: 'trivet-3000=x' })
    expect(headers['set-cookie']).toBeUndefined()
  })
})

describe('compression', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['gzip;q=1.0, identity; q=0.5', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.000, gzip;q=0', undefined],
    ['identity', undefined],
    ['', undefined],
    ['zebra, library', undefined],
  ])('Accept-Encoding %j is answered with %s (RFC 9110 §12.5.3)', async (accepted, encoding) => {
    const { status, headers, body } = await get(`/assets/${STYLE}`, { 'accept-encoding': accepted })
    expect(status).toBe(200)
    expect(headers['content-encoding']).toBe(encoding)
    const plain = encoding === 'br' ? brotliDecompressSync(body) : encoding === 'gzip' ? gunzipSync(body) : body
    expect(plain.equals(CSS)).toBe(true)
    expect(headers).toMatchObject({ vary: 'accept-encoding', 'content-length': String(body.length) })
  })

  it('is left out where the build made none', async () => {
    const { headers, body } = await get('/assets/island.abc.js', { 'accept-encoding': 'br, gzip' })
    expect(headers['content-encoding']).toBeUndefined()
    expect(body.toString()).toBe('let a')
  })

  it('of HEAD says the same without a body', async () => {
    const { status, headers, body } = await get(`/assets/${STYLE}`, { 'accept-encoding': 'br' }, 'HEAD')
    expect([status, headers['content-encoding'], body.length]).toEqual([200, 'br', 0])
  })
})

describe('nothing else is served', () => {
  it.each([
    '/assets/',
    '/assets/manifest.json',
    '/assets/notes.txt',
    '/assets/style.css',
    `/assets/${STYLE}.br`,
    `/assets/${STYLE}.gz`,
    '/assets/../master-key.css',
    '/assets/..%2fmaster-key.css',
    '/assets/%2e%2e%2fmaster-key.css',
    '/assets/..\\master-key.css',
    '/assets/%2Fetc%2Fpasswd.css',
    `/assets/${STYLE}%00.css`,
    '/assets/__proto__.css',
    '/assets/constructor',
  ])('%s is not there', async (path) => {
    const { status, body } = await get(path)
    expect([400, 404]).toContain(status)
    expect(body.toString()).not.toContain('secret')
  })

  it('and what is not there is not cached', async () => {
    expect((await get('/assets/style.old.css')).headers['cache-control']).toBe('no-store')
  })
})
