import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from './refusal.ts'

const TEXT_LIMIT = 1024 * 1024

/** A request's body, chunk by chunk. Giving it up half-way leaves the connection open, so that a refusal gets out. */
export function bodyOf(request: FastifyRequest): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => request.raw.iterator({ destroyOnReturn: false }) }
}

/** A whole body as text, up to the size a File resource may have. */
export async function readText(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of source) {
    size += chunk.length
    if (size > TEXT_LIMIT) throw new Refusal(413, 'uploadTooLarge', 'Request is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Leaves bodies to the handlers, as streams, and reads away what they left: the connection has to stay usable. */
export function streamBodies(app: FastifyInstance) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.addHook('onResponse', async ({ raw }) => {
    if (!raw.complete) raw.resume()
  })
}
