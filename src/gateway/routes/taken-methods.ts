import type { Wrong } from './route-file.ts'
import type { WrittenRoute } from './route-schema.ts'

/**
 * The methods of a route. With scopes by method it takes those that have some said, and no others: a method that nobody
 * thought of must not be the one that needs nothing.
 *
 * @returns undefined: all
 */
export function takenMethods({
  methods,
  scopes,
}: Pick<WrittenRoute, 'methods' | 'scopes'>): readonly string[] | Wrong | undefined {
  if (Array.isArray(scopes)) return methods
  const named = Object.keys(scopes)
  if (named.length === 0) return { wrong: 'scopes', why: 'names no method' }
  const idle = named.find((method) => method !== '*' && methods && !has(methods, method))
  if (idle !== undefined) return { wrong: 'scopes', why: `${idle} is none of the route’s methods` }
  if (named.includes('*')) return methods
  const open = methods?.find((method) => !has(named, method))
  if (open === undefined) return methods ?? named
  return {
    wrong: 'methods',
    why: `${open} has no scopes: name them under scopes, for all others as '*' (\`${open}: []\` asks for none)`,
  }
}

/** RFC 9110 §9.3.2: HEAD is GET without the body. */
function has(methods: readonly string[], method: string): boolean {
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))
}
