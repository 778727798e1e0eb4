import type { FastifyInstance } from 'fastify'
import type { Mashup, Runs } from '#runs'
import type { Pages } from '#ui'
import { type BrokenFiles, HomePage } from './home-page.tsx'

const RECENT = 5

/** `GET /`: the cards, or the page that `TRIVET_HOME` names. */
export function homeRoute(
  server: FastifyInstance,
  deps: {
    runs: Pick<Runs, 'list' | 'mashup'>
    mashups: readonly Mashup[]
    broken: BrokenFiles
    pages: Pages
    home: string
  },
): void {
  server.get('/', async (request, reply) => {
    if (deps.home !== 'cards') return reply.redirect(`/${deps.home}`, 302)
    const runs = request.caller ? await deps.runs.list(request.caller.ownerId, RECENT) : []
    const page = deps.pages.context(request, reply)
    const title: Parameters<typeof HomePage>[0]['title'] = (run) =>
      run.result?.title ?? deps.runs.mashup(run.mashup)?.title ?? run.mashup
    return deps.pages.send(reply, HomePage({ page, mashups: deps.mashups, broken: deps.broken, runs, title }))
  })
}
