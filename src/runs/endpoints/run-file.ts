import type { FastifyInstance } from 'fastify'
import { isId } from '#base'
import { isPictureType } from '#pictures'
import { problem } from '../errors.ts'
import type { EndpointDeps } from './deps.ts'
import { requireOwnRun } from './run-page.ts'

/**
 * `GET /runs/:id/files/:file`: a file of a run, to its owner. Pictures are shown in place; everything else is handed out
 * as a download, so that nothing of others runs on our origin.
 */
export function runFileRoute(server: FastifyInstance, deps: Pick<EndpointDeps, 'runs' | 'storage'>): void {
  server.get<{ Params: { id: string; file: string } }>('/runs/:id/files/:file', async (request, reply) => {
    const run = await requireOwnRun(deps.runs, request, request.params.id)
    const stored = isId(request.params.file) ? await deps.storage.open(request.params.file) : undefined
    if (!stored || stored.runId !== run.id) throw problem('run_not_found', 'This run has no such file.')
    const { ref } = stored
    const isShown = isPictureType(ref.type)
    return reply
      .type(isShown ? ref.type : 'application/octet-stream')
      .header('content-length', ref.size)
      .header('content-disposition', `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeName(ref.name)}`)
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('cache-control', 'private, max-age=31536000, immutable')
      .send(stored.stream())
  })
}

/** RFC 8187 §3.2.1: `encodeURIComponent` leaves four characters that are no `attr-char`. */
function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
