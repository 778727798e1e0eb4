import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transformer } from '@napi-rs/image'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createOutbound } from '#outbound'
import { createPictures } from '#pictures'
import { createStorage } from '#storage'
import { silentLog, type TestDatabase, testDatabase } from '#testing'
import { createRig, type Rig, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let house: TestDatabase
let site: Server
let origin: string
let asked: string[]
const closing: (() => Promise<unknown>)[] = []

/** A picture in four colours, as its owner has it: not as it is shown here. */
async function png(side: number): Promise<Buffer> {
  const pixels = Buffer.alloc(side * side * 4, 0x80)
  return Transformer.fromRgbaPixels(pixels, side, side).png()
}

beforeAll(async () => {
  const files: Record<string, { type: string; body: Buffer | string }> = {
    '/logo.png': { type: 'image/png', body: await png(300) },
    '/page.png': { type: 'image/png', body: '<html><script>alert(1)</script></html>' },
    '/logo.svg': {
      type: 'image/svg+xml',
      body: '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    },
    '/large.png': { type: 'image/png', body: Buffer.concat([await png(8), Buffer.alloc(1_100_000)]) },
  }
  site = createServer((request, response) => {
    asked.push(request.url ?? '')
    const file = files[request.url ?? '']
    response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain', 'set-cookie': 'trivet=x' })
    response.end(file?.body ?? 'none')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(site.address() as AddressInfo).port}`
  origin = `http://${host}`
  house = await testDatabase()
  const outbound = createOutbound({ allow: [host], userAgent: 'test' })
  const directory = await mkdtemp(join(tmpdir(), 'trivet-logos-'))
  const storage = createStorage({ database: house.database, directory, cacheBytes: 10_000_000, log: silentLog })
  const pictures = createPictures({ outbound, storage, log: silentLog })
  closing.push(
    () => pictures.close(),
    () => outbound.close(),
    () => house.close(),
    () => rm(directory, { recursive: true }),
  )
  rig = await createRig({
    picture: (url, hosts) => pictures.thumbnail({ url, hosts, width: 96, height: 96, maxBytes: 1_000_000 }),
  })
})
beforeEach(() => {
  asked = []
})
afterAll(async () => {
  await rig.close()
  for (const step of closing) await step()
  site.close()
})

const withLogo = (path: string) => rig.client({ client_name: 'Kite', logo_uri: `${origin}${path}` })
const logoPath = ({ client }: TestClient) => `/client-logo?${new URLSearchParams({ client_id: client.id })}`

describe('logos of clients (security.md §10.17)', () => {
  it('are on the consent page and among the apps with access, from our origin', async () => {
    const app = await withLogo('/logo.png')
    const { browser } = await rig.person()
    const { location } = await browser.get(rig.authorizePath(app))
    const image = `<img src="${logoPath(app)}" alt width="48" height="48"/>`
    expect((await browser.get(location)).body).toContain(image)
    expect((await browser.get(location)).body).toContain('this name and this picture')
    await browser.press(location, 'consent-allow')
    expect((await browser.get('/account/apps')).body).toContain(image)
  })

  it('are a small WebP of our own making, with headers under which nothing runs', async () => {
    const app = await withLogo('/logo.png')
    const { browser } = await rig.person()
    const { status, headers } = await browser.get(logoPath(app))
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('image/webp')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toMatch(/^private/)
    expect(headers.get('set-cookie')).toBeNull()
    await browser.get(logoPath(app))
    expect(asked).toEqual(asked.length === 0 ? [] : ['/logo.png'])
  })

  it('are fetched for nobody who is not signed in', async () => {
    const app = await withLogo('/logo.png?other')
    expect((await rig.browser().get(logoPath(app))).status).toBe(404)
    expect(asked).toEqual([])
  })

  it.each(['/page.png', '/logo.svg', '/large.png', '/none.png'])(
    '%s is none: 404, nothing of it is shown, and it is asked for once in ten minutes',
    async (path) => {
      const app = await withLogo(path)
      const { browser } = await rig.person()
      for (const _time of [1, 2]) {
        const { status, body } = await browser.get(logoPath(app))
        expect(status).toBe(404)
        expect(body).not.toContain('alert')
      }
      expect(asked).toEqual([path])
    },
  )

  it('of nobody: 404', async () => {
    const { browser } = await rig.person()
    for (const query of ['', '?client_id=c_nobody', '?client_id=https%3A%2F%2Fkite.example%2Fc']) {
      expect((await browser.get(`/client-logo${query}`)).status).toBe(404)
    }
    expect((await browser.get(logoPath(await rig.client()))).status).toBe(404)
  })
})
