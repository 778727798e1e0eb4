import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AskedRefusal, operationOf, type Provider } from '../provider.ts'
import type { Fault, Faults } from './index.ts'

const WRONG_PAGE =
  '<!doctype html><html lang="en"><title>Please wait</title><h1>One moment</h1><p>We are checking your browser.</p></html>'

function seconds(fault: Fault, name: string, fallback: number): number {
  const value = fault.with[name]
  return typeof value === 'number' ? value : fallback
}

/** Answers in place of the operation, which then never happens. */
function answerInstead(fault: Fault, provider: Provider, operation: string, reply: FastifyReply): boolean {
  const retryAfter = seconds(fault, 'retry_after', 1)
  const refuse = (status: number, reason: AskedRefusal['reason']) =>
    provider.refuse(operation, { status, reason, retryAfter, asked: fault.with })
  switch (fault.kind) {
    case 'status': {
      const status = seconds(fault, 'status', 503)
      const { body, headers } = fault.with
      const usual = refuse(status, status === 429 ? 'rate_limit' : 'unavailable')
      reply.code(status).headers(usual.headers ?? {})
      reply.type(typeof body === 'object' ? 'application/json; charset=utf-8' : usual.type)
      if (typeof headers === 'object' && headers !== null) reply.headers(headers as Record<string, string>)
      reply.send(body === undefined ? usual.body : typeof body === 'string' ? body : JSON.stringify(body))
      return true
    }
    case 'rate_limit': {
      const status = fault.with['as'] === 403 ? 403 : 429
      const { type, body, headers = {} } = refuse(status, 'rate_limit')
      reply
        .code(status)
        .headers({ 'retry-after': String(retryAfter), ...headers })
        .type(type)
        .send(body)
      return true
    }
    case 'html':
      reply.code(200).type('text/html; charset=utf-8').send(WRONG_PAGE)
      return true
    case 'redirect_to':
      reply.redirect(String(fault.with['url']), 302)
      return true
    default:
      return false
  }
}

async function* drip(payload: AsyncIterable<Buffer | string>, bytesPerSecond: number, signal: AbortSignal) {
  const step = Math.max(1, Math.round(bytesPerSecond / 10))
  for await (const chunk of payload) {
    const bytes = Buffer.from(chunk)
    for (let at = 0; at < bytes.length; at += step) {
      yield bytes.subarray(at, at + step)
      await sleep(100, undefined, { signal })
    }
  }
}

/**
 * Puts the transport faults of a provider around its routes: refusals before the handler runs, delays and broken
 * connections after it ran, so that a caller who gave up cannot know that the work was done.
 */
export function misbehave(app: FastifyInstance, provider: Provider, faults: Faults, closing: AbortSignal) {
  const struck = new WeakMap<FastifyRequest, Fault[]>()

  app.addHook('preHandler', async (request, reply) => {
    const operation = operationOf(request)
    const taken = faults.takeTransport(provider.id, operation)
    struck.set(request, taken)
    if (taken.some(({ kind }) => kind === 'drop_before')) {
      reply.hijack()
      request.raw.socket.destroy()
      return
    }
    for (const fault of taken) if (answerInstead(fault, provider, operation, reply)) return reply
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const taken = struck.get(request) ?? []
    const slow = taken.find(({ kind }) => kind === 'slow')
    if (slow) await sleep(seconds(slow, 'seconds', 1) * 1000, undefined, { signal: closing })
    if (taken.some(({ kind }) => kind === 'drop_after_commit')) {
      request.raw.socket.destroy()
      return payload
    }
    const dripping = taken.find(({ kind }) => kind === 'drip')
    if (!dripping || payload === null || payload === undefined) return payload
    const known = typeof payload === 'string' || Buffer.isBuffer(payload)
    if (known) reply.header('content-length', Buffer.byteLength(payload))
    const source = known ? Readable.from([payload]) : (payload as Readable)
    return Readable.from(drip(source, seconds(dripping, 'bytes_per_second', 1000), closing), { objectMode: false })
  })
}
