import { Stream } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { isStorableText } from '#base'
import { problem } from './errors.ts'

/**
 * Refuses what PostgreSQL's `text` and `jsonb` cannot hold (NUL, lone surrogates), with 400 at the door instead of 500
 * behind it, in queries, path parameters and bodies alike.
 */
export function refuseUnstorableText(server: FastifyInstance): void {
  server.addHook('preValidation', (request, _reply, done) => {
    if (isStorable(request.query) && isStorable(request.params) && isStorable(request.body)) return done()
    done(problem('bad_request', 'The text holds a character that cannot be stored (NUL or half of a surrogate pair).'))
  })
}

/** Walks with a list instead of recursion: a body nested 10,000 deep must not end the process. */
function isStorable(root: unknown): boolean {
  const open: unknown[] = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') {
      if (!isStorableText(value)) return false
    } else if (isParsed(value)) {
      for (const [key, member] of Object.entries(value)) open.push(key, member)
    }
  }
  return true
}

/** What a parser made. A body may also be bytes, or a stream that is passed on. */
function isParsed(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Stream) && !(value instanceof Uint8Array)
}

/** The text fields of a form; a field sent twice counts by its last value, as a person would see it. */
export function formFields(body: unknown): Readonly<Record<string, string>> {
  if (typeof body !== 'object' || body === null) return {}
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(body)) {
    const last: unknown = Array.isArray(value) ? value.at(-1) : value
    if (typeof last === 'string') fields[name] = last
  }
  return fields
}
