import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Surroundings } from '../provider.ts'
import type { Breed } from './breeds.ts'
import { streamHuge } from './huge.ts'
import { type createGallery, type Picture, TYPES } from './pictures.ts'
import { findPictures, parseSearch } from './search.ts'

export type CatParts = Surroundings & {
  breeds: readonly Breed[]
  pictures: readonly Picture[]
  gallery: ReturnType<typeof createGallery>
}

type Query = Record<string, string | undefined>

/** Every key is good; without one there is less to see (facts 3.2). */
function isKeyed(request: FastifyRequest<{ Querystring: Query }>): boolean {
  return Boolean(request.headers['x-api-key'] || request.query['api_key'])
}

const urlOf = ({ site }: CatParts, { id, extension }: Picture) => site.direct(`/thecatapi/images/${id}.${extension}`)

function image(parts: CatParts, picture: Picture) {
  const { id, width, height } = picture
  return { id, width, height, url: urlOf(parts, picture) }
}

/** The named breed has lost its pictures, for as long as the fault lasts. */
function isPictureless({ faults }: CatParts, operation: string, ids: readonly string[]): boolean {
  const fault = faults.take('thecatapi', operation, 'no_pictures', (one) => {
    const breed = one.with['breed']
    return breed === undefined || (typeof breed === 'string' && ids.includes(breed))
  })
  return fault !== undefined
}

function breedResource(parts: CatParts, { id, facts }: Breed, pictureless: boolean) {
  const reference = pictureless ? undefined : parts.pictures.find(({ breed }) => breed.id === id)
  return { ...facts, ...(reference && { reference_image_id: reference.id, image: image(parts, reference) }) }
}

function withRates(reply: FastifyReply, keyed: boolean, now: number) {
  if (!keyed) return
  const reset = new Date(now + 60_000).toISOString()
  reply.headers({
    'ratelimit-limit': 120,
    'ratelimit-remaining': 119,
    'ratelimit-consumed': 1,
    'ratelimit-reset': reset,
  })
}

function registerBreeds(app: FastifyInstance, parts: CatParts) {
  const { breeds } = parts
  const config = { operation: 'breeds' }
  const show = (breed: Breed) => breedResource(parts, breed, isPictureless(parts, 'breeds', [breed.id]))

  app.get<{ Querystring: Query }>('/v1/breeds', { config }, async (request, reply) => {
    const page = Number(request.query['page'] ?? 0) || 0
    const limit = Number(request.query['limit'] ?? breeds.length) || breeds.length
    withRates(reply, isKeyed(request), parts.now())
    reply.headers({ 'pagination-count': breeds.length, 'pagination-page': page, 'pagination-limit': limit })
    return breeds.slice(page * limit, (page + 1) * limit).map(show)
  })

  app.get<{ Querystring: Query }>('/v1/breeds/search', { config }, async (request) => {
    const q = (request.query['q'] ?? '').trim().toLowerCase()
    return q === '' ? [] : breeds.filter(({ name }) => name.toLowerCase().includes(q)).map(show)
  })

  app.get<{ Params: { id: string } }>('/v1/breeds/:id', { config }, async (request, reply) => {
    const breed = breeds.find(({ id }) => id === request.params.id)
    return breed ? show(breed) : reply.code(400).type('text/plain; charset=utf-8').send('INVALID_DATA')
  })
}

function registerSearch(app: FastifyInstance, parts: CatParts) {
  const { pictures, faults, random, now } = parts

  app.get<{ Querystring: Query }>(
    '/v1/images/search',
    { config: { operation: 'images.search' } },
    async (request, reply) => {
      const keyed = isKeyed(request)
      const search = parseSearch(request.query, keyed)
      withRates(reply, keyed, now())
      if (isPictureless(parts, 'images.search', search.breeds ?? [])) return []
      const strayed = search.breeds && faults.take('thecatapi', 'images.search', 'wrong_breed')
      const others = pictures.filter(({ breed }) => !search.breeds?.includes(breed.id))
      const { chosen, total } = strayed
        ? findPictures(others, { ...search, breeds: undefined }, random)
        : findPictures(pictures, search, random)
      reply.headers({ 'pagination-count': total, 'pagination-page': search.page, 'pagination-limit': search.limit })
      const [first] = chosen
      if (request.query['format'] === 'src' && first) return reply.redirect(urlOf(parts, first), 302)
      return chosen.map((picture) => {
        // Breed data comes with a key only (the maintainer's word, facts 3.2).
        const { facts } = picture.breed
        const known = keyed && request.query['include_breeds'] !== 'false'
        return { ...(known && { breeds: [facts] }), ...image(parts, picture) }
      })
    },
  )
}

function registerImages(app: FastifyInstance, parts: CatParts) {
  const { pictures, gallery, faults } = parts

  app.get<{ Params: { id: string }; Querystring: Query }>(
    '/v1/images/:id',
    { config: { operation: 'images.get' } },
    async (request, reply) => {
      const picture = pictures.find(({ id }) => id === request.params.id)
      if (picture) return { ...image(parts, picture), ...(isKeyed(request) && { breeds: [picture.breed.facts] }) }
      const text = `Couldn't find an image matching the passed 'id' of ${request.params.id}`
      return reply.code(400).type('text/plain; charset=utf-8').send(text)
    },
  )

  app.get<{ Params: { file: string } }>(
    '/images/:file',
    { config: { operation: 'picture' } },
    async (request, reply) => {
      const picture = pictures.find(({ id, extension }) => `${id}.${extension}` === request.params.file)
      if (!picture) return reply.code(404).type('text/plain; charset=utf-8').send('Not found')
      if (faults.take('thecatapi', 'picture', 'not_an_image')) {
        return reply
          .type('image/jpeg')
          .send(Buffer.from('<!doctype html><title>Oops</title><h1>This is no picture</h1>'))
      }
      const huge = faults.take('thecatapi', 'picture', 'huge')
      if (huge) {
        const bytes = typeof huge.with['bytes'] === 'number' ? huge.with['bytes'] : 50_000_000
        return reply.type('image/jpeg').header('content-length', bytes).send(streamHuge(bytes))
      }
      reply.type(TYPES[picture.extension]).header('cache-control', 'public, max-age=86400')
      return reply.send(await gallery.bytesOf(picture))
    },
  )
}

export function registerRoutes(app: FastifyInstance, parts: CatParts) {
  registerBreeds(app, parts)
  registerSearch(app, parts)
  registerImages(app, parts)
}
