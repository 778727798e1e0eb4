import type { FastifyInstance } from 'fastify'
import type { CatApi } from '#apis'
import { Failure } from '#base'
import type { Pictures } from '#pictures'

const SIZE = { width: 320, height: 240 }

/** Where the page finds a breed's small picture. */
export function thumbnailPath(breedId: string): string {
  return `/cats/breeds/${breedId}.webp`
}

/** `GET /cats/breeds/:id.webp`: the breed's own picture, fetched by us, small, kept by browsers for a day. */
export function thumbnailRoute(server: FastifyInstance, deps: { cats: CatApi; pictures: Pictures }): void {
  server.get<{ Params: { id: string } }>('/cats/breeds/:id.webp', async (request, reply) => {
    const { breeds } = await deps.cats.breeds()
    const breed = breeds.find((one) => one.id === request.params.id)
    // What asks here is an <img>: it needs no page and no problem document, only to hear that there is nothing.
    const nothing = (text: string) => reply.code(404).type('text/plain; charset=utf-8').send(text)
    if (breed?.picture === undefined) return nothing('There is no picture of such a breed.')
    try {
      const picture = await deps.pictures.thumbnail({ url: breed.picture.url, hosts: deps.cats.pictureHosts, ...SIZE })
      return reply.type(picture.type).header('cache-control', 'public, max-age=86400').send(picture.bytes)
    } catch (error) {
      // A picture that cannot be had is no error of the page: the card shows its name.
      if (!(error instanceof Failure)) throw error
      request.log.debug({ breed: breed.id, code: error.data.code, hint: error.hint }, 'No thumbnail')
      return nothing('This picture cannot be had just now.')
    }
  })
}
