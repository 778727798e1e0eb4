import { OAuthError } from '../../errors.ts'

/** The members of a registration by type. `null` counts as left out (RFC 7592 §2.2). @throws OAuthError */
export type Fields = {
  text(name: string, most?: number): string | undefined
  texts(name: string, limits: { most: number; longest: number }): readonly string[] | undefined
  flag(name: string): boolean | undefined
  oneOf<const T extends string>(name: string, values: readonly T[]): T | undefined
  raw(name: string): unknown
}

const USUAL_LENGTH = 200
/** No line of a mail, a log or a header ends within what a client says of itself. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u

export function metadataError(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', description)
}

/** Only own members count: `__proto__` and what it brings say nothing about a client. */
export function readFields(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw metadataError('Send one JSON object (RFC 7591 section 2)')
  }
  const members = new Map<string, unknown>(Object.entries(body))
  const raw = (name: string) => members.get(name) ?? undefined

  function text(name: string, most = USUAL_LENGTH): string | undefined {
    const value = raw(name)
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw metadataError(`${name} has to be a string`)
    if (value === '' || value.length > most) throw metadataError(`${name} has to have 1 to ${most} characters`)
    if (CONTROL.test(value)) throw metadataError(`${name} holds a control character`)
    return value
  }

  return {
    raw,
    text,
    texts(name, { most, longest }) {
      const value = raw(name)
      if (value === undefined) return undefined
      if (!Array.isArray(value)) throw metadataError(`${name} has to be an array of strings`)
      if (value.length > most) throw metadataError(`${name} has at most ${most} members`)
      const all = value.map((one: unknown) => {
        if (typeof one !== 'string') throw metadataError(`${name} has to be an array of strings`)
        if (one === '' || one.length > longest) throw metadataError(`${name}: each has 1 to ${longest} characters`)
        if (CONTROL.test(one)) throw metadataError(`${name} holds a control character`)
        return one
      })
      return [...new Set(all)]
    },
    flag(name) {
      const value = raw(name)
      if (value === undefined || typeof value === 'boolean') return value
      throw metadataError(`${name} has to be true or false`)
    },
    oneOf(name, values) {
      const value = text(name)
      if (value === undefined) return undefined
      const known = values.find((one) => one === value)
      if (known === undefined) throw metadataError(`${name} has to be one of: ${values.join(', ')}`)
      return known
    },
  }
}
