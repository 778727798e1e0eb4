import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { Avatar, Style } from '@dicebear/core'
import { Transformer } from '@napi-rs/image'
import { describe, expect, test } from 'vitest'
import { json, misbehave, postJson, request, startSandbox } from '../testing/index.ts'

const load = createRequire(import.meta.url)
const get = (url: string, path: string) => request(`${url}/dicebear/10.x${path}`)
const svgOf = async (url: string, path: string) => (await get(url, path)).text()

/** What the library itself draws. */
function drawHere(style: string, options: Record<string, unknown>): string {
  const definition: unknown = load(`@dicebear/styles/${style}.json`)
  return new Avatar(new Style(definition), options).toString()
}

async function stylesOf(url: string): Promise<string[]> {
  const { styles } = (await (await get(url, '')).json()) as { styles: string[] }
  return styles
}

describe('drawings', () => {
  test('of every style are the bytes that the library draws', async () => {
    const { url } = await startSandbox()
    await postJson(`${url}/faults/dicebear/limit`, { per_second: 1000 })
    const styles = await stylesOf(url)
    expect(styles).toHaveLength(61)
    expect(styles).toEqual([...styles].sort())
    for (const style of styles) {
      const seed = `مرحبا 🦊 & <${style}>, "100%"+`
      const query = new URLSearchParams({ seed, backgroundColor: 'b6e3f4' })
      expect(await svgOf(url, `/${style}/svg?${query}`)).toBe(drawHere(style, { seed, backgroundColor: 'b6e3f4' }))
    }
  })

  test('the one whose hash is known (facts 4.5)', async () => {
    const { url } = await startSandbox()
    const svg = await svgOf(url, '/lorelei/svg?seed=Felix&size=128')
    expect(createHash('sha256').update(svg).digest('hex')).toBe(
      'f5e660c6347d48901a4236188a594ae8f4b1556a4be301c6e2d67d1911cc11ec',
    )
  })

  test('no seed is the empty seed', async () => {
    const { url } = await startSandbox()
    expect(await svgOf(url, '/shapes/svg')).toBe(drawHere('shapes', { seed: '' }))
    expect(await svgOf(url, '/shapes/svg')).toBe(await svgOf(url, '/shapes/svg?seed='))
  })

  test('carry the headers of the service (facts 4.2)', async () => {
    const { url } = await startSandbox()
    const { headers } = await get(url, '/initials/svg?seed=test')
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'max-age=31536000',
      'x-robots-tag': 'noindex',
      'content-disposition': 'inline; filename="avatar.svg"',
      'access-control-allow-origin': '*',
    })
  })

  test('as JSON come with the options that were chosen', async () => {
    const { url } = await startSandbox()
    const answer = await json(get(url, '/avataaars/json?seed=hello'))
    expect(answer).toMatchObject({ options: { seed: 'hello', eyesVariant: expect.any(String) } })
    expect(answer['svg']).toBe(drawHere('avataaars', { seed: 'hello' }))
  })

  test.each([
    ['', 128],
    ['?size=32', 32],
    ['?size=1024', 256],
  ])('as PNG%s are %i pixels wide', async (query, side) => {
    const { url } = await startSandbox()
    const response = await get(url, `/pixel-art/png${query}`)
    expect(response.headers.get('content-type')).toBe('image/png')
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(await new Transformer(bytes).metadata()).toMatchObject({ width: side, height: side, format: 'png' })
  })
})

describe('options', () => {
  test.each([
    ['lists by commas', 'backgroundColor=000000,ffffff', { backgroundColor: ['000000', 'ffffff'] }],
    ['encoded commas', 'backgroundColor=000000%2Cffffff', { backgroundColor: ['000000', 'ffffff'] }],
    ['a repeated name', 'eyesVariant=happy&eyesVariant=wink', { eyesVariant: ['happy', 'wink'] }],
    ['weights', 'eyesVariant=happy:3,wink', { eyesVariant: { happy: 3, wink: 1 } }],
    ['a range', 'rotate=-20,20', { rotate: [-20, 20] }],
    ['a number', 'scale=1.2&facialHairProbability=50', { scale: 1.2, facialHairProbability: 50 }],
    ['an empty value, which is none', 'backgroundColor=', {}],
    ['an option the style does not have, silently dropped (facts 4.2)', 'radius=50&moodVariant=happy', {}],
    ['the names of an object’s own', '__proto__=x&constructor=y', {}],
  ])('%s', async (_name, query, options) => {
    const { url } = await startSandbox()
    expect(await svgOf(url, `/avataaars/svg?seed=a,b&${query}`)).toBe(
      drawHere('avataaars', { seed: 'a,b', ...options }),
    )
  })

  test('may stand in the path', async () => {
    const { url } = await startSandbox()
    const options = 'seed=hello&backgroundColor=000000,ffffff&eyesVariant=happy:3,wink:1'
    expect(await svgOf(url, `/avataaars/svg/${options}`)).toBe(await svgOf(url, `/avataaars/svg?${options}`))
    expect(await svgOf(url, `/avataaars/svg/${options.replaceAll(',', '%2C')}`)).toBe(
      await svgOf(url, `/avataaars/svg?${options}`),
    )
  })

  test('of a style are described', async () => {
    const { url } = await startSandbox()
    expect(await json(get(url, '/dylan/options.json'))).toMatchObject({
      moodVariant: {
        type: 'enum',
        values: ['angry', 'confused', 'happy', 'hopeful', 'neutral', 'sad', 'superHappy'],
        weighted: true,
      },
    })
  })
})

describe('refusals', () => {
  test.each([
    ['/nonexistent/svg', 404],
    ['/nonexistent/options.json', 404],
    ['/..%2Fpackage/svg', 404],
    ['/initials/gif', 400],
    ['/initials/schema.json', 400],
    ['/initials/svg?size=abc', 400],
    ['/initials/png?size=0', 400],
    ['/initials/png?size=9999', 400],
    ['/initials/svg?backgroundColor=red', 400],
    ['/initials/svg?backgroundColor=transparent', 400],
    ['/initials/svg?flip=sideways', 400],
    ['/initials/svg?scale=1,2,3', 400],
    ['/initials/svg?backgroundColor[]=000000', 400],
    ['/avataaars/svg?eyesVariant=happy:lots', 400],
    [`/initials/svg?seed=${'x'.repeat(1025)}`, 400],
    ['/initials/svg?title=Me', 400],
    ['/initials/svg?fontFamily=serif', 400],
    ['/initials/svg?idRandomization=true', 400],
  ])('%s is %i', async (path, status) => {
    const { url } = await startSandbox()
    const response = await get(url, path)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain('application/json')
  })

  test('another version is 404', async () => {
    const { url } = await startSandbox()
    expect((await request(`${url}/dicebear/9.x/initials/svg`)).status).toBe(404)
  })

  test('the 51st drawing and the 11th raster of a second are 429', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const statuses = async (path: string, count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => get(url, path)))
      return answers.map(({ status }) => status).filter((status) => status !== 200)
    }
    expect(await statuses('/shadows/svg', 51)).toEqual([429])
    expect(await statuses('/shadows/png', 11)).toEqual([429])
    time += 1000
    expect((await get(url, '/shadows/svg')).status).toBe(200)
    expect(await json(request(`${url}/state`))).toMatchObject({
      dicebear: { svg: { exceeded: 1, mostInOneSecond: 51 }, raster: { exceeded: 1, mostInOneSecond: 11 } },
    })
  })
})

describe('faults', () => {
  const clean = (svg: string) => !/<script|onload=|https:\/\/collector/.test(svg)

  test('script_in_svg: a script and an event handler, once', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'dicebear', kind: 'script_in_svg' })
    const svg = await svgOf(url, '/lorelei/svg?seed=Felix')
    expect(svg).toMatch(/^<svg onload="/)
    expect(svg).toMatch(/<script>.*<\/script><\/svg>$/)
    expect(clean(await svgOf(url, '/lorelei/svg?seed=Felix'))).toBe(true)
  })

  test('external_reference: a picture from elsewhere', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'dicebear', on: 'svg', kind: 'external_reference' })
    expect(await svgOf(url, '/lorelei/svg?seed=Felix')).toContain('<image href="https://collector.example/')
    expect(clean(await svgOf(url, '/lorelei/svg?seed=Felix'))).toBe(true)
  })

  test('both at once, in JSON too', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'dicebear', kind: 'script_in_svg' })
    await misbehave(url, { provider: 'dicebear', kind: 'external_reference' })
    const { svg } = await json(get(url, '/lorelei/json?seed=Felix'))
    expect(svg).toContain('<script>')
    expect(svg).toContain('<image href=')
  })

  test('status and html come from the transport', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'dicebear', on: 'svg', kind: 'status', status: 503 })
    await misbehave(url, { provider: 'dicebear', on: 'svg', kind: 'html', after: 1 })
    const refused = await get(url, '/lorelei/svg')
    expect([refused.status, await refused.json()]).toEqual([503, expect.objectContaining({ statusCode: 503 })])
    expect((await get(url, '/lorelei/svg')).headers.get('content-type')).toContain('text/html')
  })
})
