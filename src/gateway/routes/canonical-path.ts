/** Characters of a path that mean the same with and without an encoding (RFC 3986 §2.3), so they are written without. */
const UNRESERVED = /[\w.~-]/
/** What may stand in a path as it is: pchar of RFC 3986 §3.3 without `;`, and the slash. */
const PLAIN = /^\/[\w.~!$&'()*+,=:@/-]*$/
const ENCODED = /%([0-9A-Fa-f]{2})/g

/**
 * The one way to write a path, for finding its route and for sending it on alike: what is checked is what arrives
 * (Oathkeeper 26.2, oauth2-proxy GHSA-pxq7-h93f-9jrg; security §9.3).
 *
 * @param path of the request line, without the query
 * @returns undefined for every path that servers read in more ways than one: dot segments, empty segments, encoded
 *   slashes, question marks and number signs, backslashes, path parameters (`;`), control characters, what is no UTF-8
 */
export function canonicalPath(path: string): string | undefined {
  if (PLAIN.test(path)) return hasOddSegment(path) ? undefined : path
  if (!path.startsWith('/') || !PLAIN.test(path.replace(ENCODED, 'x'))) return undefined
  let isOdd = false
  const written = path.replace(ENCODED, (_whole, digits: string) => {
    const code = Number.parseInt(digits, 16)
    const character = String.fromCharCode(code)
    if (UNRESERVED.test(character)) return character
    // Slash, backslash, semicolon, percent itself, the ends of a path (GHSA-pxq7-h93f-9jrg: `#`), controls: some server
    // behind us takes them for what they stand for.
    if (code < 0x20 || code === 0x7f || '/\\;%?#'.includes(character)) isOdd = true
    return `%${digits.toUpperCase()}`
  })
  return isOdd || hasOddSegment(written) || !isUtf8(written) ? undefined : written
}

/** Overlong forms and bytes of other encodings are read by some as a slash or a dot (RFC 3629 §10). */
function isUtf8(encoded: string): boolean {
  try {
    return decodeURIComponent(encoded) !== ''
  } catch {
    return false
  }
}

/** `//`, `/.` and `/..` as segments; the last one may be empty (`/notes/`). */
function hasOddSegment(path: string): boolean {
  return /\/\/|\/\.{1,2}(?:\/|$)/.test(path)
}
