import type { IncomingMessage } from 'node:http'
import type { Route } from './routes/route.ts'

/** What pages of other origins may read besides the simple headers: the challenge, and what MCP sends (2025-11-25). */
const EXPOSED = 'www-authenticate, mcp-session-id, retry-after, x-request-id'
const SECONDS = '600'

/** Never with credentials: tokens come in a header, cookies of the issuer's host open no route. Undefined: no CORS. */
export function corsHeaders(
  { corsOrigins }: Pick<Route, 'corsOrigins'>,
  origin: string | undefined,
): Record<string, string> | undefined {
  if (corsOrigins.length === 0) return undefined
  if (corsOrigins.includes('*')) {
    return { 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSED }
  }
  const isAllowed = origin !== undefined && corsOrigins.includes(origin)
  return {
    vary: 'origin',
    ...(isAllowed ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED } : {}),
  }
}

/** The answer to a preflight (Fetch §4.8), which comes without a token; undefined where this is none. */
export function preflight(route: Route, request: IncomingMessage): Record<string, string> | undefined {
  const { origin, 'access-control-request-headers': asked = '' } = request.headers
  if (request.method !== 'OPTIONS' || origin === undefined) return undefined
  const cors = corsHeaders(route, origin)
  if (!cors) return undefined
  const methods = route.methods?.join(', ') ?? 'GET, HEAD, POST, PUT, PATCH, DELETE'
  const names = [asked].flat().join(', ')
  return {
    ...cors,
    'access-control-allow-methods': methods,
    'access-control-allow-headers':
      /^[\w\-, ]{0,1000}$/.test(names) && names !== '' ? names : 'authorization, content-type',
    'access-control-max-age': SECONDS,
  }
}
