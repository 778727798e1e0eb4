import { badRequest, Refusal } from './refusal.ts'

/** The parts of a File resource that a caller may set and the sandbox keeps. */
export type Metadata = {
  id?: string
  name?: string
  description?: string
  mimeType?: string
  parents?: string[]
  appProperties?: Record<string, string>
}

function text(source: Record<string, unknown>, name: string): string | undefined {
  const value = source[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw badRequest(`Invalid value for: ${name} is not a string`)
  return value
}

function parseParents(value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || !value.every((parent) => typeof parent === 'string')) {
    throw badRequest('Invalid value for: parents')
  }
  // facts 2.4: one parent only.
  if (value.length > 1) throw new Refusal(403, 'multipleParentsForbidden', 'A file can have one parent only.')
  return value
}

function parseProperties(value: unknown): Record<string, string> | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null) throw badRequest('Invalid value for: appProperties')
  return Object.fromEntries(Object.entries(value).map(([key, property]) => [key, String(property)]))
}

/** Reads a File resource as sent; unknown fields are ignored, as Drive does. */
export function parseMetadata(json: string): Metadata {
  if (json.trim() === '') return {}
  let source: unknown
  try {
    source = JSON.parse(json)
  } catch {
    throw new Refusal(400, 'parseError', 'Parse Error')
  }
  if (typeof source !== 'object' || source === null || Array.isArray(source)) throw badRequest('Bad Request')
  const fields = { ...source } as Record<string, unknown>
  const entries = {
    id: text(fields, 'id'),
    name: text(fields, 'name'),
    description: text(fields, 'description'),
    mimeType: text(fields, 'mimeType'),
    parents: parseParents(fields['parents']),
    appProperties: parseProperties(fields['appProperties']),
  }
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
}
