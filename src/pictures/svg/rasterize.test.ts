import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Transformer } from '@napi-rs/image'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOutbound, type Outbound } from '#outbound'
import { createStorage, type Storage } from '#storage'
import { failureOf, silentLog, type TestDatabase, testDatabase } from '#testing'
import { createPictures } from '../pictures.ts'
import { createDrawProcess } from './draw-process.ts'
import { hasLetters, letterSheet, SHEET_PIXELS } from './letters.ts'
import { parseSvg } from './parse-svg.ts'
import { writeSvg } from './write-svg.ts'

let directory: string
let real: TestDatabase
let outbound: Outbound
let storage: Storage
let pictures: ReturnType<typeof createPictures>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-svg-'))
  real = await testDatabase()
  outbound = createOutbound({ allow: [], userAgent: 'trivet-test' })
  storage = createStorage({ database: real.database, directory, cacheBytes: 10_000_000, log: silentLog })
  pictures = createPictures({ outbound, storage, log: silentLog })
})

afterAll(async () => {
  await pictures?.close()
  await outbound?.close()
  await real?.close()
  await rm(directory, { recursive: true, force: true })
})

function svg(content: string, attributes = 'viewBox="0 0 10 10"'): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${content}</svg>`
}

/** Red, green, blue and, where something is not opaque, opacity at a place given in parts of the picture. */
async function pixelAt(png: Buffer, x: number, y: number): Promise<number[]> {
  const { width, height } = await new Transformer(png).metadata()
  const pixels = await new Transformer(png).rawPixels()
  const channels = pixels.length / (width * height)
  const start = (Math.floor(y * height) * width + Math.floor(x * width)) * channels
  return [...pixels.subarray(start, start + channels)]
}

const LEFT_HALF_RED = svg('<rect width="5" height="10" fill="#f00"/><rect x="5" width="5" height="10" fill="#00f"/>')

/** Blurs that keep the codec busy for some seconds. */
const SECONDS = svg(
  `<filter id="f"><feGaussianBlur stdDeviation="3"/></filter>${'<path filter="url(#f)" d="M0 0h9v9"/>'.repeat(81)}`,
  'viewBox="0 0 10 10" width="1024" height="1024"',
)

const GIGABYTES = svg(
  '<pattern id="p" width="300" height="300" patternUnits="userSpaceOnUse"><rect width="1e5" height="1e5"/></pattern><g transform="scale(10)"><rect width="100" height="100" fill="url(#p)"/></g>',
  'viewBox="0 0 100 100" width="1024" height="1024"',
)

/** Safe, and the codec aborts its process all the same. */
const NOT_DRAWABLE = svg('<rect width="1" height="1"/><circle r="1"/>', 'viewBox="0 0 1e-30 1e-30"')

describe('rasterize', () => {
  test.each([16, 128, 256, 1000, 2048])('is a PNG of %d pixels squared', async (size) => {
    const png = await pictures.rasterize({ svg: LEFT_HALF_RED, size })
    expect(await new Transformer(png).metadata()).toMatchObject({ format: 'png', width: size, height: size })
    expect((await pixelAt(png, 0.25, 0.5)).slice(0, 3)).toEqual([255, 0, 0])
    expect((await pixelAt(png, 0.75, 0.5)).slice(0, 3)).toEqual([0, 0, 255])
  })

  test.each([15, 2049, 0, -1, 100.5, Number.NaN])('of %d pixels is a mistake of the caller', async (size) => {
    await expect(pictures.rasterize({ svg: LEFT_HALF_RED, size })).rejects.toThrow(RangeError)
  })

  test.each([
    ['a size of its own', 'viewBox="0 0 10 10" width="3" height="900mm"'],
    ['a size and no box', 'width="10" height="10px"'],
    ['another way to fit', 'viewBox="0 0 10 10" preserveAspectRatio="none"'],
  ])('fills the square with a picture of %s', async (_, attributes) => {
    const png = await pictures.rasterize({
      svg: svg('<rect width="10" height="10" fill="#0f0"/>', attributes),
      size: 64,
    })
    for (const [x, y] of [
      [0.02, 0.02],
      [0.98, 0.98],
    ] as const) {
      expect((await pixelAt(png, x, y)).slice(0, 3)).toEqual([0, 255, 0])
    }
  })

  test('puts a wide picture in the middle, with nothing above and below', async () => {
    const wide = svg('<rect width="20" height="10" fill="#0f0"/>', 'viewBox="0 0 20 10"')
    const png = await pictures.rasterize({ svg: wide, size: 64 })
    expect((await pixelAt(png, 0.5, 0.1))[3]).toBe(0)
    expect(await pixelAt(png, 0.5, 0.5)).toEqual([0, 255, 0, 255])
  })

  test('is made once, also for many at once and after a restart', async () => {
    const text = svg('<circle cx="5" cy="5" r="4.5"/>')
    const many = await Promise.all(Array.from({ length: 5 }, () => pictures.rasterize({ svg: text, size: 64 })))
    expect(new Set(many.map((png) => png.toString('base64'))).size).toBe(1)
    const later = createPictures({ outbound, storage, log: silentLog })
    const started = performance.now()
    expect((await later.rasterize({ svg: text, size: 64 })).equals(many[0] ?? Buffer.alloc(0))).toBe(true)
    expect(performance.now() - started).toBeLessThan(20)
    expect((await pictures.rasterize({ svg: text, size: 65 })).equals(many[0] ?? Buffer.alloc(0))).toBe(false)
  })

  test('leaves others their turn while it draws for long', async () => {
    const blurs = svg(
      `<filter id="f"><feGaussianBlur stdDeviation="1"/></filter>${'<path filter="url(#f)" d="M0 0h10v10z"/>'.repeat(4)}`,
    )
    let longest = 0
    let last = performance.now()
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 2)
    const started = performance.now()
    await pictures.rasterize({ svg: blurs, size: 64 })
    clearInterval(timer)
    expect(longest).toBeLessThan((performance.now() - started) / 2)
  })

  test('that failed fails at once for ten minutes, so that reloading it holds up no other', async () => {
    let now = Date.now()
    const here = createPictures({ outbound, storage, log: silentLog, clock: { now: () => new Date(now) } })
    const hint = async (text: string, size: number) => {
      const failure = await failureOf(here.rasterize({ svg: text, size }))
      expect(failure.data).toMatchObject({ code: 'svg_not_drawable', kind: 'refused' })
      return failure.hint
    }
    expect(await hint(NOT_DRAWABLE, 64)).toContain('the process ended')
    expect(await hint(NOT_DRAWABLE, 64)).toBe('failed a while ago')
    expect(await hint(NOT_DRAWABLE, 65)).toContain('the process ended')
    now += 600_000
    expect(await hint(NOT_DRAWABLE, 64)).toContain('the process ended')
    await here.close()
  })

  test('ends with its process when the server stops, and none is started after that', async () => {
    const { draw, close } = createDrawProcess()
    const failing = failureOf(draw({ svg: SECONDS, size: 64, as: 'png' }))
    const waiting = failureOf(draw({ svg: LEFT_HALF_RED, size: 64, as: 'png' }))
    await sleep(500)
    const started = performance.now()
    await close()
    expect((await failing).hint).toContain('SIGKILL')
    expect((await waiting).hint).toBe('the server stops')
    expect(performance.now() - started).toBeLessThan(500)

    const here = createPictures({ outbound, storage, log: silentLog })
    await here.close()
    const failure = await failureOf(here.rasterize({ svg: svg('<path d="M0 0h1v2"/>'), size: 64 }))
    expect(failure.hint).toBe('the server stops')
  })

  test.runIf(process.platform === 'linux')(
    'has a minute of processor time, and another process after that',
    async () => {
      const { draw, close } = createDrawProcess()
      const first = await draw({ svg: LEFT_HALF_RED, size: 64, as: 'png' })
      const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
      const limited: number[] = []
      for (const pid of children.trim().split(' ')) {
        const limits = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '')
        if (/Max cpu time +60 +60 /.test(limits)) limited.push(Number(pid))
      }
      expect(limited.length).toBeGreaterThan(0)
      for (const pid of limited) process.kill(pid, 'SIGKILL')
      await sleep(200)
      expect(await draw({ svg: LEFT_HALF_RED, size: 64, as: 'png' })).toEqual(first)
      await close()
    },
  )

  test('of something that is no safe SVG fails, also for what lies in the cache', async () => {
    for (const bad of [svg('<script/>'), '<html/>', '']) {
      const failure = await failureOf(pictures.rasterize({ svg: bad, size: 64 }))
      expect(failure.data).toMatchObject({ code: 'svg_not_safe', kind: 'refused' })
    }
  })

  test.each([
    ['the codec does not read', '<svg', {}, /InvalidSvg|Unexpected|SVG/i],
    [
      'makes the codec abort its process',
      svg('<filter id="f"><feOffset dx="99999999999"/></filter><path filter="url(#f)" d="M0 0h9v9"/>'),
      {},
      /SIGABRT/,
    ],
    ['takes gigabytes', GIGABYTES, {}, /the process ended with SIG/],
    ['takes too long', SECONDS, { mostSeconds: 1 }, /not drawn in 1 s/],
  ])('of something that %s fails, and the next one is drawn', async (_, bad, options, hint) => {
    const { draw } = createDrawProcess(options)
    const failing = failureOf(draw({ svg: bad, size: 64, as: 'png' }))
    const next = draw({ svg: LEFT_HALF_RED, size: 64, as: 'png' })
    const failure = await failing
    expect(failure.data).toMatchObject({ code: 'svg_not_drawable', kind: 'refused' })
    expect(failure.hint).toMatch(hint)
    expect((await next).byteLength).toBeGreaterThan(50)
  })
})

describe('files of this machine', () => {
  const secret = () => join(directory, 'secret.png')

  test('would be drawn by the codec: so the check has to come first', async () => {
    await writeFile(secret(), await Transformer.fromRgbaPixels(Buffer.alloc(400, 255), 10, 10).png())
    const leak = svg(`<image href="${secret()}" width="10" height="10"/>`)
    const drawn = await Transformer.fromSvg(leak).rawPixels()
    expect(drawn.subarray(0, 4)).toEqual(Buffer.alloc(4, 255))
    expect((await failureOf(pictures.rasterize({ svg: leak, size: 64 }))).hint).toBe('element image')
  })

  test.each(['feImage href="%"', 'use href="%#a"', 'path fill="url(%)"', 'path style="mask:url(\'%\')"'])(
    'are not named by <%s>',
    async (element) => {
      const leak = svg(`<${element.replace('%', secret())}/>`)
      expect((await failureOf(pictures.rasterize({ svg: leak, size: 64 }))).data.code).toBe('svg_not_safe')
    },
  )
})

describe('letters', () => {
  const letters = (text: string) => svg(`<text x="1" y="8" font-family="system-ui" font-size="9">${text}</text>`)

  test('are drawn with a font of this machine, though the codec knows no system-ui, or not at all', async () => {
    const drawing = pictures.rasterize({ svg: letters('W'), size: 64 })
    const bare = await Transformer.fromSvg(letters('W')).rawPixels()
    expect(bare.every((byte) => byte === 0)).toBe(true)
    const fonts = await drawing.then(
      () => true,
      (error) => error.data.code !== 'svg_letters_missing',
    )
    if (!fonts) return
    const pixels = await new Transformer(await drawing).rawPixels()
    expect(pixels.some((byte) => byte > 0)).toBe(true)
  })

  test('that no font has make no PNG with boxes in it', async () => {
    // Private use of plane 15, which no font of a system has.
    const failure = await failureOf(pictures.rasterize({ svg: letters('A\u{F1234}'), size: 64 }))
    expect(failure.data).toMatchObject({ code: 'svg_letters_missing', kind: 'refused' })
    expect(failure.data.message).toContain('SVG')
  })

  test('are missing on a sheet where nothing is drawn, as on a machine without fonts', async () => {
    expect(hasLetters(2, Buffer.alloc(SHEET_PIXELS * SHEET_PIXELS * 4))).toBe(false)
  })

  test('a text of spaces has none', async () => {
    expect((await pictures.rasterize({ svg: letters(' '), size: 64 })).byteLength).toBeGreaterThan(0)
  })

  test('that are markup stay letters on their way to the codec', () => {
    const root = parseSvg(letters('&lt;image href="/etc/passwd"/&gt;&amp;amp;'))
    expect(writeSvg(root, 64)).not.toContain('<image')
    expect(letterSheet(['<', '&'], root, 64)).toContain('>&#60;<')
  })
})

test('what the codec gets is what was read, without metadata, comments and style sheets', () => {
  const text =
    '<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><!-- x --><s:metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></s:metadata><s:style>.a{fill:red}</s:style><s:g id=\'a"b\'/></s:svg>'
  expect(writeSvg(parseSvg(text), 8)).toBe(
    '<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 1 1" font-family="system-ui, \'Segoe UI\', Roboto, \'Helvetica Neue\', Arial, \'Noto Sans\', \'Liberation Sans\', \'DejaVu Sans\'" width="8" height="8"><s:g id="a&#34;b"></s:g></s:svg>',
  )
})
