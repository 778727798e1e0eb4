/** The two cookies on the hosts of routes. Their names are Trivet's, so that neither ever reaches an upstream. */
export type SessionCookies = {
  /** Who is signed in. */
  readonly session: SessionCookie
  /** Which browser began a sign-in, so that no other one ends it. */
  readonly visit: SessionCookie
}

export type SessionCookie = {
  /** @param raw `rawHeaders` of a request */
  read(raw: readonly string[]): string | undefined
  /** A value of `Set-Cookie`. */
  set(value: string, seconds: number): string
  clear(): string
}

/**
 * As the cookies of this server (RFC 6265bis §4.1.3.2): `__Host-` on https, so that no sibling of the host can plant one.
 *
 * @param publicUrl its scheme is that of all hosts; its port tells servers on one machine apart
 */
export function createSessionCookies(publicUrl: string): SessionCookies {
  const { protocol, port } = new URL(publicUrl)
  const base = protocol === 'https:' ? '__Host-trivet-gateway' : `trivet-${port || '80'}-gateway`
  const attributes = `Path=/; HttpOnly; SameSite=Lax${protocol === 'https:' ? '; Secure' : ''}`
  const cookie = (name: string): SessionCookie => ({
    read: (raw) => readCookie(raw, name),
    set: (value, seconds) => `${name}=${value}; Max-Age=${seconds}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  })
  return { session: cookie(base), visit: cookie(`${base}-visit`) }
}

/** Sealed values and random ones: nothing that would need quoting or decoding. */
const VALUE = /^[\w.~-]{1,4000}$/

function readCookie(raw: readonly string[], name: string): string | undefined {
  const values = raw.flatMap((header, at) =>
    at % 2 === 0 && header.toLowerCase() === 'cookie'
      ? (raw[at + 1] ?? '').split(';').flatMap((pair) => {
          const [key = '', ...value] = pair.trim().split('=')
          return key === name ? [value.join('=')] : []
        })
      : [],
  )
  const [value] = values
  return value !== undefined && VALUE.test(value) ? value : undefined
}
