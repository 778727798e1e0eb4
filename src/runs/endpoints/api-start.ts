import type { FastifyInstance } from 'fastify'
import { readForm } from '../definition/form.ts'
import { problem } from '../errors.ts'
import { connectUrl } from '../run-json.ts'
import type { EndpointDeps } from './deps.ts'

type Deps = Pick<EndpointDeps, 'runs' | 'services' | 'accounts' | 'csrf' | 'publicUrl'>

const MOST_KEY_CHARACTERS = 200

/**
 * `POST /api/mashups/:id/runs` with the form's fields as JSON: 202 with `Location`, or 409 `connection_required` with
 * `connect_url`, in which case nothing was stored. `Idempotency-Key` makes a repeat the same run.
 */
export function apiStartRoute(server: FastifyInstance, deps: Deps): void {
  server.post<{ Params: { id: string } }>('/api/mashups/:id/runs', async (request, reply) => {
    deps.csrf.requireSameOrigin(request)
    const key = request.headers['idempotency-key']
    if (key !== undefined && key.length > MOST_KEY_CHARACTERS) {
      throw problem('invalid_input', `An Idempotency-Key has at most ${MOST_KEY_CHARACTERS} characters.`)
    }
    const mashup = deps.runs.mashup(request.params.id)
    if (!mashup) throw problem('mashup_not_found', `There is no mash-up called ${request.params.id}.`)
    const texts = jsonTexts(request.headers['content-type'], request.body)
    const parsed = await readForm(mashup, texts, deps.services)
    if (!parsed.ok) {
      const detail = Object.entries(parsed.errors).map(([name, text]) => `${name}: ${text}`)
      throw problem('invalid_input', detail.join(' '), { members: { errors: parsed.errors } })
    }
    // A refusal leaves nothing behind, no guest either.
    const { pause } = await deps.runs.needs(request.caller?.ownerId, mashup)
    if (pause) {
      throw problem('connection_required', `${pause.message} Open connect_url in this browser, then ask again.`, {
        members: { connect_url: connectUrl(pause, mashup.path, deps.publicUrl) },
      })
    }
    const { ownerId } = await deps.accounts.ensureOwner(request, reply)
    const submission = typeof key === 'string' ? `key:${key}` : null
    const run = await deps.runs.start({ ownerId, mashup, input: parsed.input, submission, reuse: 'refuse' })
    return reply
      .code(202)
      .header('location', `${deps.publicUrl}/api/runs/${run.id}`)
      .send({ id: run.id, status: run.status })
  })
}

/** JSON only: a form of another site cannot send that type without asking first (Fetch §4.8, preflight). */
function jsonTexts(contentType: string | undefined, body: unknown): Record<string, string> {
  if (
    !contentType?.startsWith('application/json') ||
    typeof body !== 'object' ||
    body === null ||
    Array.isArray(body)
  ) {
    throw problem(
      'invalid_input',
      'Send the fields of the form as one JSON object, with Content-Type: application/json.',
    )
  }
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}
