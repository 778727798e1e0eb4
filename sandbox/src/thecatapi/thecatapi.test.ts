import { describe, expect, test } from 'vitest'
import { json, misbehave, request, startSandbox } from '../testing/index.ts'

type Breed = Record<string, unknown> & { id: string; image?: { id: string; url: string } }
type Image = { id: string; url: string; width: number; height: number; breeds?: Breed[] }

const KEY = { 'x-api-key': 'any' }

async function breedsOf(url: string, path = ''): Promise<Breed[]> {
  return (await (await request(`${url}/thecatapi/v1/breeds${path}`)).json()) as Breed[]
}

async function search(url: string, query: string, headers: Record<string, string> = KEY): Promise<Image[]> {
  return (await (await request(`${url}/thecatapi/v1/images/search?${query}`, { headers })).json()) as Image[]
}

describe('breeds', () => {
  test('are 67, each with all the fields of the wire format (facts 3.4)', async () => {
    const { url } = await startSandbox()
    const breeds = await breedsOf(url)
    expect(breeds).toHaveLength(67)
    expect(new Set(breeds.map(({ id }) => id)).size).toBe(67)
    for (const breed of breeds) {
      expect(breed).toMatchObject({
        weight: { imperial: expect.stringMatching(/^\d+ - \d+$/), metric: expect.stringMatching(/^\d+ - \d+$/) },
        temperament: expect.stringContaining(', '),
        life_span: expect.stringMatching(/^\d+ - \d+$/),
        country_code: expect.stringMatching(/^[A-Z]{2}$/),
        description: expect.stringMatching(/^[A-Z].{40,200}\.$/),
        hairless: expect.any(Number),
      })
      for (const rating of ['adaptability', 'grooming', 'vocalisation']) {
        expect(breed[rating]).toBeGreaterThanOrEqual(1)
        expect(breed[rating]).toBeLessThanOrEqual(5)
      }
    }
  })

  test('all but the Malayan have a reference picture', async () => {
    const { url } = await startSandbox()
    const without = (await breedsOf(url)).filter(({ image }) => !image)
    expect(without.map(({ id }) => id)).toEqual(['mala'])
    expect(without[0]).not.toHaveProperty('reference_image_id')
    expect(await search(url, 'breed_ids=mala')).toEqual([])
  })

  test('can be paged, searched and read one by one', async () => {
    const { url } = await startSandbox()
    expect((await breedsOf(url, '?limit=10&page=6')).length).toBe(7)
    expect((await breedsOf(url, '/search?q=siam')).map(({ id }) => id)).toEqual(['siam'])
    expect(await json(request(`${url}/thecatapi/v1/breeds/beng`))).toMatchObject({ name: 'Bengal' })
    expect((await request(`${url}/thecatapi/v1/breeds/none`)).status).toBe(400)
  })
})

describe('images/search', () => {
  test('is an array, one by default, with the breed and the size of the picture', async () => {
    const { url } = await startSandbox()
    const found = await search(url, 'breed_ids=beng')
    expect(found).toHaveLength(1)
    expect(found[0]?.breeds?.map(({ id }) => id)).toEqual(['beng'])
    expect(found[0]?.breeds?.[0]).not.toHaveProperty('image')
  })

  test('gives every breed at least three different pictures', async () => {
    const { url } = await startSandbox()
    for (const id of ['abys', 'ycho', 'sphy']) {
      const found = await search(url, `breed_ids=${id}&limit=100`)
      expect(new Set(found.map(({ url }) => url)).size).toBeGreaterThanOrEqual(3)
    }
  })

  test('without a key: at most 10 and no breeds (theCatAPI-website 48); with one up to 100', async () => {
    const { url } = await startSandbox()
    const bare = await search(url, 'limit=20', {})
    expect(bare).toHaveLength(10)
    for (const image of bare) expect(image).not.toHaveProperty('breeds')
    expect(await search(url, 'limit=500')).toHaveLength(100)
    expect((await search(url, 'limit=2&api_key=k', {}))[0]).toHaveProperty('breeds')
  })

  test('an unknown breed is 200 with an empty array', async () => {
    const { url } = await startSandbox()
    expect(await search(url, 'breed_ids=dodo')).toEqual([])
  })

  test('mime_types filters; several breeds may be asked for', async () => {
    const { url } = await startSandbox()
    for (const { url: address } of await search(url, 'mime_types=gif,png&limit=30'))
      expect(address).toMatch(/(gif|png)$/)
    const found = await search(url, 'breed_ids=beng,siam&limit=100')
    expect(new Set(found.map(({ breeds }) => breeds?.[0]?.id))).toEqual(new Set(['beng', 'siam']))
  })

  test('is random, but ordered and paged on request', async () => {
    const { url } = await startSandbox()
    const orders = new Set<string>()
    for (let i = 0; i < 6; i++) orders.add((await search(url, 'limit=10')).map(({ id }) => id).join())
    expect(orders.size).toBeGreaterThan(1)
    const page = async (n: number) => (await search(url, `limit=5&order=ASC&page=${n}`)).map(({ id }) => id)
    expect(await page(0)).toEqual(await page(0))
    const [first, second] = [await page(0), await page(1)]
    expect(new Set([...first, ...second]).size).toBe(10)
    expect([...first, ...second]).toEqual([...first, ...second].sort())
  })

  test('format=src redirects to the picture', async () => {
    const { url } = await startSandbox()
    const response = await request(`${url}/thecatapi/v1/images/search?format=src`)
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toMatch(/\/thecatapi\/images\/\w+\.\w+$/)
  })
})

test('images/:id; an unknown id is 400 in plain text (facts 3.3)', async () => {
  const { url } = await startSandbox()
  const [image] = await search(url, 'breed_ids=tvan')
  const one = await json(request(`${url}/thecatapi/v1/images/${image?.id}`, { headers: KEY }))
  expect(one).toMatchObject({ url: image?.url, breeds: [{ id: 'tvan' }] })
  const unknown = await request(`${url}/thecatapi/v1/images/zzz`)
  expect([unknown.status, unknown.headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8'])
  expect(await unknown.text()).toBe("Couldn't find an image matching the passed 'id' of zzz")
})

describe('pictures', () => {
  const MAGIC = { jpg: 'ffd8ff', png: '89504e47', gif: '474946383961' }

  test.each(['jpg', 'png', 'gif'] as const)(
    '%s: the type it says, the size it says, the same bytes each time',
    async (type) => {
      const { url } = await startSandbox()
      const [image] = await search(url, `mime_types=${type}`)
      const response = await request(image?.url ?? '')
      const bytes = Buffer.from(await response.arrayBuffer())
      expect(response.headers.get('content-type')).toBe(type === 'jpg' ? 'image/jpeg' : `image/${type}`)
      expect(bytes.toString('hex')).toMatch(new RegExp(`^${MAGIC[type]}`))
      expect(bytes.length).toBeGreaterThan(20_000)
      expect(bytes.length).toBeLessThan(600_000)
      if (type === 'png')
        expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([image?.width, image?.height])
      if (type === 'gif') expect([bytes.readUInt16LE(6), bytes.readUInt16LE(8)]).toEqual([image?.width, image?.height])
      const again = Buffer.from(await (await request(image?.url ?? '')).arrayBuffer())
      expect(again.equals(bytes)).toBe(true)
    },
  )

  test('an unknown one is 404', async () => {
    const { url } = await startSandbox()
    expect((await request(`${url}/thecatapi/images/..%2fx.jpg`)).status).toBe(404)
  })
})

describe('faults', () => {
  const fault = (kind: string, more = {}) => ({ provider: 'thecatapi', kind, ...more })

  test('no_pictures: the named breed has none, others do', async () => {
    const { url } = await startSandbox()
    await misbehave(url, fault('no_pictures', { breed: 'beng', times: 0 }))
    expect(await search(url, 'breed_ids=beng')).toEqual([])
    expect(await search(url, 'breed_ids=siam')).toHaveLength(1)
    expect((await breedsOf(url)).filter(({ image }) => !image).map(({ id }) => id)).toEqual(['beng', 'mala'])
  })

  test('wrong_breed: another breed than asked', async () => {
    const { url } = await startSandbox()
    await misbehave(url, fault('wrong_breed'))
    const [image] = await search(url, 'breed_ids=beng')
    expect(image?.breeds?.[0]?.id).not.toBe('beng')
    expect((await search(url, 'breed_ids=beng'))[0]?.breeds?.[0]?.id).toBe('beng')
  })

  test('not_an_image: HTML that says it is a JPEG', async () => {
    const { url } = await startSandbox()
    const [image] = await search(url, '')
    await misbehave(url, fault('not_an_image'))
    const response = await request(image?.url ?? '')
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    expect(await response.text()).toMatch(/^<!doctype html>/)
  })

  test('huge: as many bytes as asked, beginning like a JPEG', async () => {
    const { url } = await startSandbox()
    const [image] = await search(url, '')
    await misbehave(url, fault('huge', { bytes: 20_000_001 }))
    const response = await request(image?.url ?? '')
    expect(response.headers.get('content-length')).toBe('20000001')
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.length).toBe(20_000_001)
    expect(bytes.subarray(0, 3).toString('hex')).toBe('ffd8ff')
  })
})
