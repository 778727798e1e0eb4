import { metadataError } from './fields.ts'
import type { Rights } from './rights.ts'

const MOST_SCOPE = 1000
/** RFC 6749 §3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/
/** Of our own insides: in tokens of other kinds, grantable to nobody. */
const GRANTED_TO_NOBODY = /^(trivet|internal|vault)(:|$)/
/** Open other people's accounts, or this server. */
const ADMINISTRATORS_GRANT = /^(connections|admin|console)(:|$)/
/** Asked for in so many words or not at all (`docs/reference`). */
const NEVER_BY_DEFAULT = /^(openid|offline_access)$/

/** A scope list in the one form that is stored: each once, one space between. @throws OAuthError */
export function readScope(name: string, text: string, rights: Rights): string {
  if (text.length > MOST_SCOPE) throw metadataError(`${name} has at most ${MOST_SCOPE} characters`)
  const scopes = [...new Set(text.split(' ').filter((one) => one !== ''))]
  for (const scope of scopes) {
    if (!SCOPE_TOKEN.test(scope)) throw metadataError(`${name} holds a character that RFC 6749 section 3.3 forbids`)
    if (GRANTED_TO_NOBODY.test(scope)) throw metadataError(`${name}: nobody can be given ${scope}`)
    if (ADMINISTRATORS_GRANT.test(scope) && !rights.administers) {
      throw metadataError(`${name}: only an administrator gives a client ${scope}`)
    }
  }
  if (scopes.length === 0) throw metadataError(`${name} names no scope`)
  return scopes.join(' ')
}

/** What a request without `scope` means: part of what the client may ask for, and nothing that has to be asked for. @throws OAuthError */
export function readDefaultScope(text: string, scope: string | undefined, rights: Rights): string {
  const read = readScope('default_scope', text, rights)
  for (const one of read.split(' ')) {
    if (NEVER_BY_DEFAULT.test(one) || ADMINISTRATORS_GRANT.test(one)) {
      throw metadataError(`default_scope: ${one} has to be asked for by name`)
    }
    if (scope !== undefined && !scope.split(' ').includes(one)) {
      throw metadataError(`default_scope: ${one} is not in scope`)
    }
  }
  return read
}
