import type { FastifyInstance } from 'fastify'
import type { DiceBear } from '#apis'
import type { Connections } from '#connections'
import { formFields, HTTP_PROBLEMS, limited, Problem } from '#http'
import { filledForm, readForm } from '#runs'
import { DRAWN_FIELDS } from './avatar-preview.tsx'
import avatars from './avatars.ts'
import { sendSvg } from './send-svg.ts'

const problem = Problem.from(HTTP_PROBLEMS)

/** Faster than anybody changes a form by hand. */
const LIMIT = limited({ most: 120, seconds: 10 })

/**
 * `GET /avatars/preview.svg?seed=&style=&background_color=&mood=`: the drawing of a form that is being filled in, made in
 * this process. `POST /avatars/preview` is the button of those without JavaScript: back to the form, with the drawing.
 */
export function previewRoutes(
  server: FastifyInstance,
  deps: {
    artist: DiceBear
    connections: Pick<Connections, 'list'>
    services: { client: (name: string) => unknown }
  },
): void {
  server.get('/avatars/preview.svg', { config: LIMIT, exposeHeadRoute: false }, async (request, reply) => {
    const texts = formFields(request.query)
    // DiceBear itself would draw another picture than the one that was asked for, without a word.
    const unknown = Object.keys(texts).filter((name) => !DRAWN_FIELDS.some((field) => field === name))
    if (unknown.length > 0) {
      throw problem('bad_request', `There is no option ${unknown.join(', ')}. There are: ${DRAWN_FIELDS.join(', ')}.`)
    }
    const parsed = await readForm(avatars, texts, deps.services.client)
    if (!parsed.ok) throw problem('bad_request', Object.values(parsed.errors).join(' '))
    const { seed, style, background_color, mood } = parsed.input as Record<(typeof DRAWN_FIELDS)[number], string>
    const svg = await deps.artist.drawHere({
      seed: seed || (await discordName(request.caller?.ownerId)) || '',
      style,
      backgroundColor: background_color || undefined,
      mood: mood || undefined,
    })
    return sendSvg(reply, svg)
  })

  server.post('/avatars/preview', async (request, reply) => {
    return reply.redirect(filledForm(avatars, formFields(request.body)), 303)
  })

  /** What an empty seed stands for, as far as it is known before Discord is asked. */
  async function discordName(ownerId: string | undefined): Promise<string | undefined> {
    const accounts = ownerId === undefined ? [] : await deps.connections.list(ownerId)
    return accounts.find(({ provider, status }) => provider === 'discord' && status === 'active')?.accountName
  }
}
