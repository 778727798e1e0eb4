/** The three parts of a JWS in compact serialization (RFC 7515 §7.1), still encoded. */
export type CompactJws = { readonly header: string; readonly payload: string; readonly signature: string }

/** Longer than any token that we issue or ask for: reading more would be work for an attacker. */
const MOST_CHARACTERS = 8192
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** Strictly: no padding, no line breaks, no second way to write the same bytes (RFC 7515 §2), three parts and not five. */
export function splitCompact(token: string): CompactJws | undefined {
  if (token.length > MOST_CHARACTERS) return undefined
  const [, header, payload, signature] = COMPACT.exec(token) ?? []
  if (header === undefined || payload === undefined || signature === undefined) return undefined
  return isCanonical(header) && isCanonical(payload) && isCanonical(signature)
    ? { header, payload, signature }
    : undefined
}

/** What may stand at the end, by how many characters there are beyond groups of four: its unused bits are zero. */
const LAST = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048'] as const

/**
 * Unused bits of the last character are zero (RFC 4648 §3.5), so that one signature is not valid in several spellings
 * and a list of tokens or `jti` cannot be walked around by changing a letter that says nothing.
 */
function isCanonical(text: string): boolean {
  return LAST[text.length % 4]?.includes(text.slice(-1)) ?? true
}

/** The JSON object that a part holds; undefined for whatever is none. */
export function decodeObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** What a JWT says, before anybody knows whether it is true: for choosing whose key to check it with, and nothing else. */
export function readUnverified(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = splitCompact(token)
  return parts && decodeObject(parts.payload)
}

export function encodeObject(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
