import type { FastifyInstance } from 'fastify'
import type { DiceBear } from '#apis'
import { sendSvg } from './send-svg.ts'

/** Where the gallery finds the picture of a style. */
export function samplePath(style: string): string {
  return `/avatars/styles/${style}.svg`
}

/** `GET /avatars/styles/:style.svg`: every style drawn from the same words, kept by browsers for a day. */
export function sampleRoute(server: FastifyInstance, deps: { artist: DiceBear }): void {
  server.get<{ Params: { style: string } }>('/avatars/styles/:style.svg', async (request, reply) => {
    const svg = await deps.artist.sample(request.params.style)
    // What asks here is an <img>: it needs no page, only to hear that there is nothing.
    if (svg === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('There is no such style.')
    return sendSvg(reply.header('cache-control', 'public, max-age=86400'), svg)
  })
}
