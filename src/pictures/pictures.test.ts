import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Transformer } from '@napi-rs/image'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#base'
import { createOutbound, type Outbound } from '#outbound'
import { createStorage, type Storage } from '#storage'
import { failureOf, serve, silentLog, type TestDatabase, testDatabase } from '#testing'
import { createPictures, type Pictures } from './pictures.ts'

let directory: string
let real: TestDatabase
let jpeg: Buffer
const opened: Outbound[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-pictures-'))
  real = await testDatabase()
  const pixels = Buffer.from(Array.from({ length: 640 * 480 * 4 }, (_, n) => (n * n) >> 7))
  jpeg = await Transformer.fromRgbaPixels(pixels, 640, 480).jpeg(80)
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((outbound) => outbound.close()))
})

afterAll(async () => {
  await real?.close()
  await rm(directory, { recursive: true, force: true })
})

type Setting = {
  pictures: Pictures
  storage: Storage
  url: string
  hosts: string[]
  arrived: () => number
} & AsyncDisposable

/** A server that counts its requests, and pictures over an empty cache. */
async function setting(listener: RequestListener, files = join(directory, newId())): Promise<Setting> {
  let count = 0
  const there = await serve((request, response) => {
    count += 1
    listener(request, response)
  })
  const outbound = createOutbound({ allow: [there.host], userAgent: 'trivet-test' })
  opened.push(outbound)
  const storage = createStorage({ database: real.database, directory: files, cacheBytes: 100_000_000, log: silentLog })
  return {
    storage,
    pictures: createPictures({ outbound, storage, log: silentLog }),
    url: `${there.url}/cat`,
    hosts: [there.host],
    arrived: () => count,
    [Symbol.asyncDispose]: () => there[Symbol.asyncDispose](),
  }
}

describe('fetch', () => {
  test('downloads once, then answers from the cache, also after a restart', async () => {
    const files = join(directory, newId())
    await using here = await setting((_, response) => response.end(jpeg), files)
    const first = await here.pictures.fetch(here)
    const sha256 = createHash('sha256').update(jpeg).digest('hex')
    expect(first).toMatchObject({
      type: 'image/jpeg',
      width: 640,
      height: 480,
      size: jpeg.length,
      sha256,
      fromCache: false,
    })
    expect(await here.pictures.fetch(here)).toEqual({ ...first, fromCache: true })
    await using later = await setting((_, response) => response.end('other'), files)
    expect(await later.pictures.fetch(here)).toEqual({ ...first, fromCache: true })
    expect(here.arrived()).toBe(1)
    expect(later.arrived()).toBe(0)
  })

  test('a hundred who ask at once share one download', async () => {
    await using here = await setting((_, response) => setTimeout(() => response.end(jpeg), 50))
    const all = await Promise.all(Array.from({ length: 100 }, () => here.pictures.fetch(here)))
    expect(new Set(all.map((picture) => picture.sha256)).size).toBe(1)
    expect(here.arrived()).toBe(1)
  })

  test('one who gives up leaves the others their download; the last one ends it', async () => {
    let broken = 0
    await using here = await setting((_, response) => {
      const timer = setTimeout(() => response.end(jpeg), 200)
      response.on('close', () => {
        clearTimeout(timer)
        if (!response.writableFinished) broken += 1
      })
    })
    const leaving = new AbortController()
    const left = failureOf(here.pictures.fetch({ ...here, signal: leaving.signal }))
    const staying = here.pictures.fetch(here)
    await sleep(50)
    leaving.abort()
    expect((await left).data.kind).toBe('cancelled')
    expect((await staying).width).toBe(640)
    expect({ arrived: here.arrived(), broken }).toEqual({ arrived: 1, broken: 0 })
    const alone = failureOf(here.pictures.fetch({ ...here, url: `${here.url}2`, signal: AbortSignal.timeout(50) }))
    expect((await alone).data.kind).toBe('cancelled')
    await sleep(50)
    expect(broken).toBe(1)
  })

  test('a failed download is not kept: the next one tries again', async () => {
    let times = 0
    await using here = await setting((_, response) => {
      times += 1
      if (times === 1) response.writeHead(503).end()
      else response.end(jpeg)
    })
    expect((await failureOf(here.pictures.fetch(here))).data).toMatchObject({
      code: 'upstream_unavailable',
      kind: 'transient',
    })
    expect((await here.pictures.fetch(here)).fromCache).toBe(false)
  })

  test('two processes that race both get the picture', async () => {
    const files = join(directory, newId())
    await using here = await setting((_, response) => setTimeout(() => response.end(jpeg), 20), files)
    await using other = await setting((_, response) => response.end(), files)
    const outbound = createOutbound({ allow: here.hosts, userAgent: 'second' })
    opened.push(outbound)
    const second = createPictures({ outbound, storage: other.storage, log: silentLog })
    const both = await Promise.all([here.pictures.fetch(here), second.fetch(here)])
    expect(both.map((picture) => picture.size)).toEqual([jpeg.length, jpeg.length])
    expect((await here.pictures.fetch(here)).fromCache).toBe(true)
  })

  test('50 MB are refused with a word about the limit, and not read to the end', async () => {
    await using here = await setting((_, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': 50_000_000 })
      response.write(jpeg)
    })
    const failure = await failureOf(here.pictures.fetch(here))
    expect(failure.data).toMatchObject({ code: 'picture_too_large', kind: 'refused' })
    expect(failure.data.message).toContain('20 MB')
  })

  test('a cached picture is too large for one who allows less', async () => {
    await using here = await setting((_, response) => response.end(jpeg))
    await here.pictures.fetch(here)
    expect((await failureOf(here.pictures.fetch({ ...here, maxBytes: 10 }))).data.code).toBe('picture_too_large')
  })

  test.each([
    ['HTML that says it is a JPEG', Buffer.from('<html><script>alert(1)</script></html>')],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['nothing', Buffer.alloc(0)],
    ['a JPEG that ends after its signature', Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
  ])('%s is no picture, and the host is named', async (_, bytes) => {
    await using here = await setting((_, response) =>
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(bytes),
    )
    const failure = await failureOf(here.pictures.fetch(here))
    expect(failure.data).toMatchObject({ code: 'picture_not_an_image', kind: 'refused' })
    expect(failure.data.message).toContain(here.hosts[0])
    expect(failure.data.message).not.toContain('/cat')
  })

  test.each([404, 410, 403, 400])('status %i is a picture that is not there', async (status) => {
    await using here = await setting((_, response) => response.writeHead(status).end())
    expect((await failureOf(here.pictures.fetch(here))).data.code).toBe('picture_not_found')
  })

  test('a redirect to a host outside the list is not followed', async () => {
    await using elsewhere = await setting((_, response) => response.end(jpeg))
    await using here = await setting((_, response) => response.writeHead(302, { location: elsewhere.url }).end())
    expect((await failureOf(here.pictures.fetch(here))).data.code).toBe('redirect_not_allowed')
    expect(elsewhere.arrived()).toBe(0)
  })

  test('a host outside the list is refused even when its picture is in the cache', async () => {
    await using here = await setting((_, response) => response.end(jpeg))
    await here.pictures.fetch(here)
    const request = { url: here.url, hosts: ['cdn2.thecatapi.com'] }
    expect((await failureOf(here.pictures.fetch(request))).data.code).toBe('host_not_allowed')
    const small = { ...request, width: 10, height: 10 }
    expect((await failureOf(here.pictures.thumbnail(small))).data.code).toBe('host_not_allowed')
  })
})

test('into: the run gets a copy of its own, named to fit its type, that outlives the cache', async () => {
  await using here = await setting((_, response) => response.end(jpeg))
  const into = await here.pictures.into({ ownerId: null, runId: null, name: 'Maine Coon' }, here)
  expect(into).toMatchObject({ fromCache: false, width: 640, height: 480 })
  expect(into.file).toMatchObject({ name: 'Maine Coon.jpg', type: 'image/jpeg', size: jpeg.length })
  expect((await here.storage.read(into.file)).equals(jpeg)).toBe(true)
  const again = await here.pictures.into({ ownerId: null, runId: null, name: 'b', id: into.file.id }, here)
  expect(again).toMatchObject({ fromCache: true, file: { id: into.file.id, name: 'b.jpg' } })
})

describe('thumbnail', () => {
  test('is a WebP of exactly that size, made once', async () => {
    await using here = await setting((_, response) => response.end(jpeg))
    const request = { ...here, width: 120, height: 90 }
    const [one, two] = await Promise.all([here.pictures.thumbnail(request), here.pictures.thumbnail(request)])
    expect(one.type).toBe('image/webp')
    expect(await new Transformer(one.bytes).metadata()).toMatchObject({ format: 'webp', width: 120, height: 90 })
    expect(two.sha256).toBe(one.sha256)
    expect(await here.pictures.thumbnail(request)).toEqual(one)
    expect((await here.pictures.thumbnail({ ...request, width: 60, height: 60 })).sha256).not.toBe(one.sha256)
    expect(here.arrived()).toBe(1)
  })

  test('of a picture that announces 2 gigapixels is refused without decoding it', async () => {
    const bomb = Buffer.from(await Transformer.fromRgbaPixels(Buffer.alloc(400), 10, 10).png())
    bomb.writeUInt32BE(50_000, 16)
    bomb.writeUInt32BE(40_000, 20)
    await using here = await setting((_, response) => response.end(bomb))
    const failure = await failureOf(here.pictures.thumbnail({ ...here, width: 9, height: 9 }))
    expect(failure.data.code).toBe('picture_not_readable')
  })

  test('of a damaged picture is `picture_not_readable`', async () => {
    const damaged = Buffer.concat([jpeg.subarray(0, 200), Buffer.from('nonsense'.repeat(100))])
    await using here = await setting((_, response) => response.end(damaged))
    const failure = await failureOf(here.pictures.thumbnail({ ...here, width: 9, height: 9 }))
    expect(failure.data).toMatchObject({ code: 'picture_not_readable', kind: 'refused' })
  })
})
