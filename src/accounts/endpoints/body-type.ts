import type { FastifyRequest } from 'fastify'

/** What kind of body a POST brought; other kinds are for nobody here. */
export function bodyType(request: FastifyRequest): 'json' | 'form' | undefined {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/json') return 'json'
  return type === 'application/x-www-form-urlencoded' ? 'form' : undefined
}

/** A member of a JSON object that is text. */
export function textMember(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value : undefined
}
