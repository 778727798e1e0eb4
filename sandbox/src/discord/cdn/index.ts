import type { FastifyInstance, FastifyReply } from 'fastify'
import { findPersona } from '../personas.ts'
import { countPlain, type Extension, paintAvatar, paintPlain, TYPES } from './drawing.ts'

/** Sides in pixels. Nothing is enlarged beyond the original; pictures without one have one size. */
const ORIGINAL = 512
const USUAL = 128
const PLAIN = 256

/** Any power of two from 16 to 4096 (developers/reference, image formatting). */
function parseSize(size: string | undefined): number | undefined {
  if (size === undefined) return USUAL
  const exponent = Math.log2(Number(size))
  return /^\d+$/.test(size) && Number.isInteger(exponent) && exponent >= 4 && exponent <= 12 ? Number(size) : undefined
}

function refuse(reply: FastifyReply, status: number, words: string) {
  return reply.code(status).type('text/plain; charset=utf-8').send(words)
}

const isExtension = (text: string): text is Extension => Object.hasOwn(TYPES, text)

/** Pictures of people, drawn once each. */
export function registerCdn(app: FastifyInstance) {
  const config = { operation: 'profile.picture' }
  const painted = new Map<string, Promise<Buffer>>()

  function once(key: string, paint: () => Promise<Buffer>): Promise<Buffer> {
    const known = painted.get(key) ?? paint()
    painted.set(key, known)
    return known
  }

  async function send(reply: FastifyReply, extension: Extension, bytes: Promise<Buffer>) {
    reply.type(TYPES[extension]).header('cache-control', 'public, max-age=31536000')
    return reply.send(await bytes)
  }

  app.get<{ Params: { user: string; file: string }; Querystring: { size?: string } }>(
    '/cdn/avatars/:user/:file',
    { config },
    async (request, reply) => {
      const { user, file } = request.params
      const [hash = '', extension = ''] = file.split('.')
      const persona = findPersona(user)
      if (persona?.snowflake !== user || persona.avatar !== hash) return refuse(reply, 404, '404: Not Found')
      const moves = hash.startsWith('a_')
      if (!isExtension(extension) || (extension === 'gif' && !moves)) {
        return refuse(reply, 415, '415: Unsupported Media Type')
      }
      const size = parseSize(request.query.size)
      if (size === undefined) return refuse(reply, 400, '400: Bad Request')
      const side = Math.min(size, ORIGINAL)
      const bytes = once(`${hash}.${extension} ${side}`, () => paintAvatar(persona, extension, side))
      return send(reply, extension, bytes)
    },
  )

  app.get<{ Params: { file: string } }>('/cdn/embed/avatars/:file', { config }, async (request, reply) => {
    const [, index] = /^(\d)\.png$/.exec(request.params.file) ?? []
    if (index === undefined || Number(index) >= countPlain) return refuse(reply, 404, '404: Not Found')
    return send(
      reply,
      'png',
      once(index, () => paintPlain(Number(index), PLAIN)),
    )
  })
}
