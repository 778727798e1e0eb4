import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { DiceBear } from '#apis'
import { formFields, limited, Problem } from '#http'
import type { Pictures } from '#pictures'
import { RUN_PROBLEMS, type Run, type Runs, requireOwnRun } from '#runs'
import type { Storage } from '#storage'
import type { Pages } from '#ui'
import avatars from './avatars.ts'
import { type AvatarResult, avatarResult } from './result.ts'
import { sendSvg } from './send-svg.ts'
import { AvatarPage } from './show-page.tsx'

/** Pixels of the PNG's sides: what Discord and most others take for a profile picture. */
const PNG_SIZE = 512

/** Drawings wait for one another, so nobody may ask for them faster than by hand. */
const PNG_LIMIT = limited({ most: 30, seconds: 10 })

type Deps = {
  readonly runs: Runs
  readonly artist: DiceBear
  readonly pictures: Pictures
  readonly storage: Pick<Storage, 'read' | 'stream'>
  readonly pages: Pages
}

/** `GET /avatars/show_avatar[?run=…]` (the last one unless told), also at the root, and `GET /avatars/:run/avatar.svg|png`. */
export function showRoutes(server: FastifyInstance, deps: Deps): void {
  server.get('/show_avatar', async (request, reply) => {
    const at = request.url.indexOf('?')
    return reply.redirect(`/avatars/show_avatar${at < 0 ? '' : request.url.slice(at)}`, 302)
  })

  server.get('/avatars/show_avatar', async (request, reply) => {
    const { run: id } = formFields(request.query)
    const run = id === undefined ? await lastOf(deps, request) : await requireOwnRun(deps.runs, request, id)
    if (!run) return reply.redirect(avatars.path, 303)
    const result = avatarResult(run)
    // Under way, or not an avatar: its own page says how it stands.
    if (!result) return reply.redirect(`/runs/${run.id}`, 303)
    const style = (await deps.artist.styles()).find((one) => one.id === result.avatar.style)
    const page = deps.pages.context(request, reply)
    return deps.pages.send(reply, AvatarPage({ page, run, result, style }))
  })

  server.get<{ Params: { run: string } }>('/avatars/:run/avatar.svg', async (request, reply) => {
    const { file } = await requireAvatar(deps, request)
    return sendSvg(reply.headers(fileHeaders(request, file.name)), deps.storage.stream(file))
  })

  server.get<{ Params: { run: string } }>('/avatars/:run/avatar.png', { config: PNG_LIMIT }, async (request, reply) => {
    const { file } = await requireAvatar(deps, request)
    const svg = (await deps.storage.read(file)).toString('utf8')
    const png = await deps.pictures.rasterize({ svg, size: PNG_SIZE })
    return reply
      .headers(fileHeaders(request, file.name.replace(/svg$/, 'png')))
      .type('image/png')
      .send(png)
  })
}

async function lastOf(deps: Deps, { caller }: FastifyRequest): Promise<Run | undefined> {
  return caller ? deps.runs.lastSucceeded(caller.ownerId, avatars.id) : undefined
}

async function requireAvatar(deps: Deps, request: FastifyRequest<{ Params: { run: string } }>): Promise<AvatarResult> {
  const run = await requireOwnRun(deps.runs, request, request.params.run)
  const result = avatarResult(run)
  if (result) return result
  throw Problem.from(RUN_PROBLEMS)('run_not_found', 'This run has no avatar.')
}

/** `?download` saves the file, anything else shows it. Its name is of our own making. */
function fileHeaders(request: FastifyRequest, name: string): Record<string, string> {
  const isDownload = 'download' in formFields(request.query)
  return {
    'content-disposition': `${isDownload ? 'attachment' : 'inline'}; filename="${name}"`,
    'cache-control': 'private, max-age=31536000, immutable',
  }
}
