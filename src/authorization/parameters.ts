import type { FastifyRequest } from 'fastify'
import { isStorableText } from '#base'
import { OAuthError } from './errors.ts'

/** Parameters of a request, each there once. */
export type Params = Readonly<Record<string, string>>

/** More than any request of ours has; a longer list is an attack on whoever walks it. */
const MOST_PARAMETERS = 64
const MOST_CHARACTERS = 16_384

/**
 * Reads a query or a form. Parameters without a value count as left out (RFC 6749 §3.1), unknown ones are kept for
 * whoever knows them; `resource` is the one that may be repeated (RFC 8707 §2) and is read by `readResources`.
 *
 * @throws OAuthError `invalid_request` for a repeated one (§3.1), one that is no text, or one that PostgreSQL could not keep
 */
export function readParameters(source: unknown): Params {
  if (source === undefined || source === null) return {}
  if (typeof source !== 'object' || Array.isArray(source)) throw new OAuthError('invalid_request', 'This is no form')
  const entries = Object.entries(source)
  if (entries.length > MOST_PARAMETERS) throw new OAuthError('invalid_request', 'Too many parameters')
  const read: Record<string, string> = Object.create(null)
  for (const [name, value] of entries) {
    if (name === 'resource' && Array.isArray(value)) continue
    if (Array.isArray(value)) throw new OAuthError('invalid_request', `The parameter ${name} is repeated`)
    if (typeof value !== 'string') throw new OAuthError('invalid_request', `The parameter ${name} is no text`)
    if (value.length > MOST_CHARACTERS) throw new OAuthError('invalid_request', `The parameter ${name} is too long`)
    if (!isStorableText(name) || !isStorableText(value))
      throw new OAuthError('invalid_request', 'A parameter holds a character that is none')
    if (value !== '') read[name] = value
  }
  return read
}

/** Every `resource` of a query or a form. @throws OAuthError */
export function readResources(source: unknown): readonly string[] {
  if (typeof source !== 'object' || source === null || !('resource' in source)) return []
  const all: unknown[] = [source.resource].flat()
  if (all.length > MOST_PARAMETERS) throw new OAuthError('invalid_request', 'Too many resources')
  return all.flatMap((one) => {
    if (typeof one !== 'string' || one.length > MOST_CHARACTERS || !isStorableText(one))
      throw new OAuthError('invalid_target', 'A resource is no text')
    return one === '' ? [] : [one]
  })
}

/** The form of a POST to an OAuth endpoint: nothing else is taken (RFC 6749 §3.2, appendix B). @throws OAuthError */
export function requireForm(request: FastifyRequest): unknown {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return request.body
  throw new OAuthError('invalid_request', 'Send a form: Content-Type application/x-www-form-urlencoded', {
    status: 415,
  })
}
