import { Avatar } from '@dicebear/core'
import { Transformer } from '@napi-rs/image'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/index.ts'
import type { Limit } from '../limits/index.ts'
import { withHostileParts } from './hostile.ts'
import { BadOption, parseOptions } from './parse-options.ts'
import type { DrawableStyle, Styles } from './styles.ts'

export type DiceBearParts = {
  styles: Styles
  faults: Faults
  /** Drawings and rasters have limits of their own (facts 4.2). */
  limits: { svg: Limit; raster: Limit }
}

type Drawing = { svg: string; options: Record<string, unknown> }
type Params = { style: string; format: string; options?: string }

const FORMATS = ['svg', 'png', 'json'] as const
type Format = (typeof FORMATS)[number]

/** Sides of rasters in pixels. */
const USUAL = 128
const LARGEST = 256

function refuse(reply: FastifyReply, statusCode: number, error: string, message: string) {
  return reply.code(statusCode).send({ statusCode, error, message })
}

/** What `@dicebear/core` throws has the failing rules in `details`; its classes are not exported. */
function refusalOf(error: unknown): string | undefined {
  return error instanceof Error && (error instanceof BadOption || 'details' in error) ? error.message : undefined
}

function draw(drawable: DrawableStyle, query: string, format: Format): Drawing | { refusal: string } {
  try {
    const options = parseOptions(drawable, query)
    if (format === 'png' && options['size'] === undefined) options['size'] = USUAL
    const { svg, options: resolved } = new Avatar(drawable.style, options).toJSON()
    return { svg, options: { seed: options['seed'], ...resolved } }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    return { refusal }
  }
}

function rasterise({ svg, options }: Drawing): Promise<Buffer> {
  const side = Math.min(Number(options['size'] ?? USUAL), LARGEST)
  return Transformer.fromSvg(svg).fastResize({ width: side, height: side }).png()
}

async function send(faults: Faults, format: Format, drawing: Drawing, reply: FastifyReply) {
  reply.headers({
    'cache-control': 'max-age=31536000',
    'x-robots-tag': 'noindex',
    'content-disposition': `inline; filename="avatar.${format}"`,
  })
  if (format === 'png') return reply.type('image/png').send(await rasterise(drawing))
  const svg = withHostileParts(faults, format, drawing.svg)
  return format === 'svg' ? reply.type('image/svg+xml').send(svg) : reply.send({ ...drawing, svg })
}

/** The HTTP API, version 10 only. */
export function registerRoutes(app: FastifyInstance, { styles, faults, limits }: DiceBearParts) {
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.header('access-control-allow-origin', '*')
    return payload
  })

  app.get('/10.x', { config: { operation: 'styles' } }, async () => ({ styles: styles.names }))

  app.get<{ Params: { style: string } }>(
    '/10.x/:style/options.json',
    { config: { operation: 'options' } },
    async (request, reply) => {
      const drawable = styles.find(request.params.style)
      if (!drawable) return reply.callNotFound()
      return reply.header('cache-control', 'max-age=3600').send(drawable.options)
    },
  )

  async function refuseTooMany({ params }: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const { passed } = (params.format === 'png' ? limits.raster : limits.svg).take()
    if (passed) return
    return refuse(reply, 429, 'Too Many Requests', 'Too many requests')
  }

  async function answer(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const { style, options } = request.params
    const drawable = styles.find(style)
    if (!drawable) return reply.callNotFound()
    const format = FORMATS.find((known) => known === request.params.format)
    if (!format) return refuse(reply, 400, 'Bad Request', 'params/format must be equal to one of the allowed values')
    const query = options ?? request.url.split('?').slice(1).join('?')
    const drawing = draw(drawable, query, format)
    if ('refusal' in drawing) return refuse(reply, 400, 'Bad Request', drawing.refusal)
    return send(faults, format, drawing, reply)
  }

  const operation = ({ params }: FastifyRequest) => {
    const format = typeof params === 'object' && params !== null && 'format' in params ? params.format : undefined
    return FORMATS.find((known) => known === format) ?? 'unknown'
  }
  for (const path of ['/10.x/:style/:format', '/10.x/:style/:format/:options']) {
    app.get<{ Params: Params }>(path, { config: { operation }, preValidation: refuseTooMany }, answer)
  }
}
