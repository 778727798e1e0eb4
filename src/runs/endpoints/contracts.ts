import { z } from 'zod'
import type { Contract } from '#http'

const time = z.iso.datetime()
const status = z.enum(['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'])

const file = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    size: z.number().int(),
    sha256: z.string(),
  })
  .meta({ id: 'File', description: 'At /runs/{run}/files/{id}.' })

const step = z
  .strictObject({
    name: z.string(),
    status: z.enum(['waiting', 'running', 'done', 'failed', 'paused', 'cancelled']),
    started_at: time.nullable(),
    finished_at: time.nullable(),
    attempts: z.number().int(),
    message: z.string().optional(),
  })
  .meta({ id: 'RunStep' })

const result = z
  .strictObject({
    title: z.string(),
    text: z.string().optional(),
    image: z
      .strictObject({
        file,
        alt: z.string(),
        width: z.number().optional(),
        height: z.number().optional(),
      })
      .optional(),
    links: z.array(z.strictObject({ href: z.string(), label: z.string() })).optional(),
    table: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
    file: file.optional(),
    data: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'RunResult' })

const run = z
  .strictObject({
    id: z.uuid(),
    mashup: z.string(),
    status,
    pause: z
      .strictObject({
        reason: z.enum(['connection_required', 'needs_reconnect', 'missing_scope']),
        message: z.string(),
        connect_url: z.string(),
      })
      .optional(),
    result: result.optional(),
    result_url: z.string().optional().meta({ description: 'The page of its mash-up for results.' }),
    error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
    steps: z.array(step),
    progress: z.number().min(0).max(1),
    created_at: time,
    finished_at: time.nullable(),
  })
  .meta({ id: 'Run' })

const line = run
  .pick({ id: true, mashup: true, status: true, progress: true, created_at: true })
  .meta({ id: 'RunLine' })
const params = z.strictObject({ id: z.uuid() })
const group = 'Runs'
const callers = 'anybody'

/** The JSON API of this room. */
export const RUN_CONTRACTS: readonly Contract[] = [
  {
    ...{ id: 'startRun', method: 'POST', path: '/api/mashups/:id/runs', group, callers },
    says: 'Starts a run. A visitor without a session becomes a guest, whose cookie opens the run.',
    params: z.strictObject({ id: z.string().meta({ description: 'Of a mash-up, such as `cats`.' }) }),
    headers: { 'Idempotency-Key': 'The same key of the same caller is the same run.' },
    body: z.record(z.string(), z.string()).meta({ description: 'The fields of the form of the mash-up.' }),
    answer: {
      status: 202,
      says: 'It is stored, and begins.',
      schema: z.strictObject({ id: z.uuid(), status }),
      headers: { Location: 'Of the run.' },
    },
    problems: {
      403: ['forged_request'],
      404: ['mashup_not_found'],
      409: ['connection_required'],
      422: ['invalid_input', 'idempotency_key_reused'],
    },
  },
  {
    ...{ id: 'listRuns', method: 'GET', path: '/api/runs', group, callers },
    says: 'One’s own runs, the newest first, at most 100.',
    answer: { status: 200, says: 'None without a session.', schema: z.strictObject({ runs: z.array(line) }) },
  },
  {
    ...{ id: 'readRun', method: 'GET', path: '/api/runs/:id', group, callers, params },
    says: 'One run with its steps.',
    answer: { status: 200, says: 'The run.', schema: run },
    problems: { 404: ['run_not_found'] },
  },
  {
    ...{ id: 'followRun', method: 'GET', path: '/api/runs/:id/events', group, callers, params },
    says: 'What happens in a run, as server-sent events: `step`, `progress`, `status`.',
    headers: { 'Last-Event-ID': 'Sends what has changed since.' },
    answer: { status: 200, says: 'It ends with the run.', type: 'text/event-stream' },
    problems: { 404: ['run_not_found'], 429: ['too_many_streams'] },
  },
  {
    ...{ id: 'cancelRun', method: 'POST', path: '/api/runs/:id/cancel', group, callers, params },
    says: 'Cancels a run.',
    answer: { status: 204, says: 'It is cancelled, or was over.' },
    problems: { 403: ['forged_request'], 404: ['run_not_found'] },
  },
  {
    ...{ id: 'retryRun', method: 'POST', path: '/api/runs/:id/retry', group, callers, params },
    says: 'Begins again at the step that failed.',
    answer: { status: 202, says: 'It goes on.', headers: { Location: 'Of the run.' } },
    problems: { 403: ['forged_request'], 404: ['run_not_found'], 409: ['run_not_failed'] },
  },
]
