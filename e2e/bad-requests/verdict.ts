import type { BadRequest } from './requests.ts'
import type { Answer } from './send.ts'
import { PLANTED } from './values.ts'

/** What holds of every answer, whatever was asked. @returns what is wrong, or undefined */
export function faultOf(
  request: BadRequest,
  answer: Answer,
  site: { readonly origins: readonly string[]; readonly url: string; readonly secrets: readonly string[] },
): string | undefined {
  const { status, headers, text } = answer
  if (status >= 500) return `${status}`
  if (headers['x-injected'] !== undefined) return 'a header was injected'
  const location = String(headers['location'] ?? '')
  if (location !== '' && !site.origins.includes(originOf(location, site.url))) return `leads to ${location}`
  if (/\bat \S+ \(?\S+\.(?:ts|js):\d+/.test(text)) return 'shows a stack'
  const all = `${JSON.stringify(headers)}\n${text}`
  if (site.secrets.some((secret) => all.includes(secret))) return 'shows a secret'
  const shown = [leadsAlong(request) ? '' : JSON.stringify(headers), isDemo(request) ? '' : text]
  if (shown.some((part) => part.includes(PLANTED))) return 'echoes a secret'
  return undefined
}

/**
 * What stands in an address may go along to the next one of ours; and a form of another site is repeated by GET with all
 * that it brought (OpenID Connect RP-Initiated Logout §2; callbacks).
 */
function leadsAlong({ method, path }: BadRequest): boolean {
  return path.includes(PLANTED) || (method === 'POST' && /^\/(end_session|connect\/\w+\/callback)/.test(path))
}

/** The demo behind the gateway shows what reaches it, which is what it is for. */
function isDemo({ path }: BadRequest): boolean {
  return path.startsWith('/protected/resource')
}

/** As a browser takes it. */
function originOf(location: string, base: string): string {
  return URL.canParse(location, base) ? new URL(location, base).origin : `unreadable: ${location}`
}
