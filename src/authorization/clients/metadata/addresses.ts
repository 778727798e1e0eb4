import { isLoopbackUrl } from '#config'
import { OAuthError } from '../../errors.ts'
import { metadataError } from './fields.ts'

export const MOST_ADDRESS = 2000

/** RFC 3986 appendix A: unreserved, reserved, percent. No space, no control character, no backslash, nothing beyond ASCII. */
const URI_CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/
const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]', 'localhost']
const PLAIN_HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9-]+(\.[a-z0-9-]+)*)$/

/** Named in an answer to a client (RFC 6749 §4.1.2, OpenID Connect, RFC 9207): twice, the client might read ours or theirs. */
const ANSWER_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'response', 'id_token']

/** Whose redirect URI it is. */
export type RedirectOwner = {
  readonly applicationType: 'web' | 'native'
  readonly forbiddenOrigin: string | undefined
  /** Schemes without a dot that are taken all the same, by name. */
  readonly appSchemes: readonly string[]
}

/** A redirect URI as it is registered (RFC 6749 §3.1.2, 8252 §7, 9700 §2.1 and §4.1). @throws OAuthError */
export function checkRedirectUri(uri: string, owner: RedirectOwner): void {
  const wrong = redirectUriFault(uri, owner)
  if (wrong !== undefined) throw new OAuthError('invalid_redirect_uri', `${quote(uri)} ${wrong}`)
}

/** OpenID Connect RP-Initiated Logout §3.1: the same rules. @throws OAuthError */
export function checkLogoutUri(uri: string, owner: RedirectOwner): void {
  const wrong = redirectUriFault(uri, owner)
  if (wrong !== undefined) throw metadataError(`post_logout_redirect_uris: ${quote(uri)} ${wrong}`)
}

/** Whether a redirect URI has one of the schemes that are known by name: its client is native, whatever it says. */
export function hasAppScheme(uri: string, appSchemes: readonly string[]): boolean {
  return appSchemes.some((scheme) => uri.startsWith(`${scheme}://`))
}

/** Whether a redirect URI goes to a program on the person's own device. */
export function isLocalRedirect(uri: string): boolean {
  return !uri.startsWith('https:')
}

function redirectUriFault(uri: string, owner: RedirectOwner): string | undefined {
  const { applicationType, forbiddenOrigin } = owner
  if (!URI_CHARACTERS.test(uri) || !URL.canParse(uri)) return 'is no absolute URI'
  if (uri.includes('#')) return 'has a fragment, which RFC 6749 section 3.1.2 forbids'
  const url = new URL(uri)
  const query = [...url.searchParams.keys()].find((name) => ANSWER_PARAMETERS.includes(name))
  if (query !== undefined) return `has the parameter ${query}, which answers of this server carry`
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return privateSchemeFault(uri, url, owner)
  if (url.protocol === 'http:' && !LOOPBACK_HOSTS.includes(url.hostname)) {
    return 'has to begin with https: (http: is for 127.0.0.1, [::1] and localhost)'
  }
  if (url.protocol === 'http:' && applicationType === 'web') {
    return 'goes to a program on the own device: register application_type native for that'
  }
  if (url.origin === forbiddenOrigin) return 'belongs to this server'
  return webAddressFault(uri, url)
}

/**
 * RFC 8252 §7.1, §8.4: a scheme of the app's own, in the form of a domain name turned around ("any private-use URI
 * scheme that doesn't contain a period SHOULD be rejected"). That leaves out `javascript:` and its like, and what opens
 * programs of the system (`ms-…:`, `intent:`), of which no list is ever whole. A few applications that are there have
 * none and are named one by one, with a host as they write it.
 */
function privateSchemeFault(uri: string, url: URL, owner: RedirectOwner): string | undefined {
  const { applicationType, appSchemes } = owner
  if (!/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/.test(uri) && !(hasAppScheme(uri, appSchemes) && url.host !== '')) {
    return 'has to begin with https:, or for native applications with a scheme like com.example.app: (RFC 8252 section 7.1)'
  }
  if (applicationType === 'web') return 'has a scheme that only native applications may use'
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?]*@/.test(uri)) return 'has a user name in it'
  if (url.pathname === '' && url.host === '') return 'has no path'
  return undefined
}

/** Written in the one form that a browser gives it, so that what is compared as text is what is visited. */
function webAddressFault(uri: string, url: URL): string | undefined {
  const authority = /^https?:\/\/([^/?]*)/.exec(uri)?.[1]
  if (authority === undefined || authority.includes('@')) return 'has a user name in it, or no host'
  if (!PLAIN_HOST.test(url.hostname)) return 'has a host that is none'
  const isOrigin = !uri.slice(uri.indexOf('//') + 2).includes('/') && `${uri}/` === url.href
  return url.href === uri || isOrigin ? undefined : `has to be written as ${quote(url.href)}`
}

/** Pages and files of a client that are shown or fetched: https, nothing that changes its meaning. @throws OAuthError */
export function checkWebAddress(name: string, address: string, options: { loopback?: boolean } = {}): void {
  if (!URI_CHARACTERS.test(address) || !URL.canParse(address)) throw metadataError(`${name} is no absolute URL`)
  const url = new URL(address)
  const isLoopback = options.loopback === true && url.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname)
  if (url.protocol !== 'https:' && !isLoopback) throw metadataError(`${name} has to begin with https:`)
  const wrong = webAddressFault(address, url)
  if (wrong !== undefined) throw metadataError(`${name} ${wrong}`)
}

/**
 * A file that this server fetches: at the default port, so that nobody has it knock at doors (security.md §10.14). Where
 * the server itself is on loopback, for trying things out, other ports of loopback are taken; what is called there is
 * still for `TRIVET_OUTBOUND_ALLOW` to say. @throws OAuthError
 */
export function checkFetchedAddress(name: string, address: string, issuer: string): void {
  const isTrial = isLoopbackUrl(issuer)
  checkWebAddress(name, address, { loopback: isTrial })
  const { port, hostname } = new URL(address)
  if (port !== '' && !(isTrial && LOOPBACK_HOSTS.includes(hostname))) {
    throw metadataError(`${name} has to be at the default port`)
  }
}

/** Enough to find it among others; the description is for developers. */
function quote(uri: string): string {
  return `'${uri.length > 120 ? `${uri.slice(0, 120)}...` : uri}'`
}
