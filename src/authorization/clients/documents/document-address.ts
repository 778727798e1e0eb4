import { OAuthError } from '../../errors.ts'
import { checkFetchedAddress, MOST_ADDRESS } from '../metadata/addresses.ts'

/**
 * Whether a `client_id` is the address of a document that describes the client (OAuth Client ID Metadata Document §3):
 * https, a path, no fragment, no user name, no dot segments, written as a browser writes it; the default port, and not
 * of this server itself (security.md §10.14). Ids that we make begin with `c_`.
 */
export function isDocumentAddress(id: string, issuer: string): boolean {
  if (!/^https?:\/\//.test(id) || id.length > MOST_ADDRESS || id.includes('#')) return false
  try {
    checkFetchedAddress('client_id', id, issuer)
  } catch (error) {
    if (error instanceof OAuthError) return false
    throw error
  }
  const { pathname, origin } = new URL(id)
  return pathname !== '/' && origin !== new URL(issuer).origin
}
