import type { FastifyInstance } from 'fastify'
import { type EventStream, openEventStream } from '#http'
import { problem } from '../errors.ts'
import { statusJson, stepJson } from '../run-json.ts'
import { isOver, type Run } from '../run-view.ts'
import type { EndpointDeps } from './deps.ts'
import { requireOwnRun } from './run-page.ts'

/** Live pages of one person at the same time: each reads the database at every change. */
const MOST_STREAMS = 16

/**
 * `GET /api/runs/:id/events`: `step`, `progress` and `status`. The id of an event is the revision of the run, so
 * `Last-Event-ID` resumes by sending what changed since: states, not history, and nothing is missed.
 */
export function apiRunEventsRoute(server: FastifyInstance, deps: Pick<EndpointDeps, 'runs' | 'publicUrl'>): void {
  const open = new Map<EventStream, string>()
  // Without HEAD, which Fastify would answer by holding the stream open.
  server.get<{ Params: { id: string } }>('/api/runs/:id/events', { exposeHeadRoute: false }, async (request, reply) => {
    const run = await requireOwnRun(deps.runs, request, request.params.id)
    const own = [...open.values()].filter((ownerId) => ownerId === run.ownerId)
    if (own.length >= MOST_STREAMS) {
      throw problem('too_many_streams', 'Close some of the pages that show runs, then load this one again.')
    }
    const last = Number(request.headers['last-event-id'] ?? 0)
    const stream = openEventStream(reply)
    open.set(stream, run.ownerId)
    void stream.closed.then(() => open.delete(stream))
    follow(deps, run, Number.isSafeInteger(last) && last > 0 ? last : 0, stream)
    return reply
  })

  server.addHook('preClose', async () => {
    for (const stream of open.keys()) stream.close()
  })
}

function follow(deps: Pick<EndpointDeps, 'runs' | 'publicUrl'>, run: Run, after: number, stream: EventStream): void {
  let sent = after
  let reading = false
  let again = true

  /** One read at a time; changes meanwhile make one more read, however many they were. */
  async function send(): Promise<void> {
    again = true
    if (reading) return
    reading = true
    try {
      while (again && !stream.isClosed()) {
        again = false
        sent = await sendChanges(deps, run, sent, stream)
      }
    } catch {
      // The database is away: the browser comes back with Last-Event-ID and gets what it missed.
      stream.close()
    } finally {
      reading = false
    }
  }

  const stop = deps.runs.watch(run.id, () => void send())
  void stream.closed.then(stop)
  void send()
}

async function sendChanges(
  deps: Pick<EndpointDeps, 'runs' | 'publicUrl'>,
  { id, ownerId }: Run,
  after: number,
  stream: EventStream,
): Promise<number> {
  const run = await deps.runs.find(id, ownerId)
  if (!run) {
    stream.close()
    return after
  }
  if (run.revision > after) {
    const steps = await deps.runs.steps(id, after)
    for (const step of steps) stream.send({ name: 'step', data: stepJson(step) })
    stream.send({ name: 'progress', data: { progress: run.progress, message: run.message } })
    // Only the last one carries the id: a break in between must not skip the rest.
    stream.send({ id: String(run.revision), name: 'status', data: statusJson(run, deps.publicUrl) })
  }
  if (isOver(run.status)) stream.close()
  return Math.max(after, run.revision)
}
