import { LineCounter, type Node, parseDocument } from 'yaml'
import { OWN_PATHS } from '../sessions/addresses.ts'
import { canonicalPath } from './canonical-path.ts'
import { isTrivetItself } from './own-address.ts'
import { allScopes, IDENTITY_FACTS, type IdentityFact, type IdentityStyle, type Route, type Upstream } from './route.ts'
import type { FileProblem, RouteRules, Wrong } from './route-file.ts'
import { fileSchema, type WrittenRoute } from './route-schema.ts'
import { problemsOf } from './schema-problems.ts'
import { takenMethods } from './taken-methods.ts'
import { warningsOf } from './warnings.ts'
import { unusedWithoutUpstream } from './without-upstream.ts'

export type ReadRoutes =
  | {
      readonly routes: readonly Route[]
      readonly scopeWords: ScopeWords
      /** What is likely to be meant otherwise. */
      readonly warnings: readonly FileProblem[]
      /** Whether the file says at all which routes there are, be it none. */
      readonly namesRoutes: boolean
    }
  | { readonly problems: readonly FileProblem[] }

/** What scopes allow, in the words of whoever runs this server. */
export type ScopeWords = ReadonlyMap<string, string>

/** Headers of identity unless a route names others; callers can set none of this family. */
export const IDENTITY_HEADERS: Readonly<Record<IdentityFact, string>> = {
  user: 'x-trivet-user',
  username: 'x-trivet-username',
  client: 'x-trivet-client',
  scope: 'x-trivet-scope',
  issuer: 'x-trivet-issuer',
}

/** All problems of the text at once, or its routes. @param text YAML 1.2 */
export function readRoutes(text: string, rules: RouteRules): ReadRoutes {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const [broken] = document.errors
  if (broken) {
    const [first = 'it is no YAML'] = broken.message.split('\n', 1)
    return { problems: [{ line: broken.linePos?.[0].line ?? 1, message: first.replace(/ at line .*$/, '') }] }
  }
  const data = toData(document)
  if (data === undefined) return { problems: [{ line: 1, message: 'it has too many aliases' }] }
  const parsed = fileSchema.safeParse(data)
  const lineOf = (path: readonly PropertyKey[]) => lineAt(document, lines, path)
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, lineOf)) }

  const problems: FileProblem[] = []
  const warnings: FileProblem[] = []
  const routes = parsed.data.gateway.routes.flatMap((written, index) => {
    const isWritten = (setting: string) => document.hasIn(['gateway', 'routes', index, setting])
    const read = unusedWithoutUpstream(written, isWritten) ?? readRoute(written, rules)
    const lineOfSetting = (setting: string) => lineOf(['gateway', 'routes', index, setting])
    if ('wrong' in read) {
      problems.push({ line: lineOfSetting(read.wrong), message: `${read.wrong}: ${read.why}` })
      return []
    }
    for (const { about, message } of warningsOf(read, rules)) warnings.push({ line: lineOfSetting(about), message })
    return [read]
  })
  for (const index of twice(routes)) {
    const message = 'path: another route has the same host, path and methods'
    problems.push({ line: lineOf(['gateway', 'routes', index, 'path']), message })
  }
  const scopeWords = new Map(Object.entries(parsed.data.gateway.scope_descriptions))
  const asked = new Set(routes.flatMap(allScopes))
  for (const scope of scopeWords.keys()) {
    if (asked.has(scope) || problems.length > 0) continue
    const line = lineOf(['gateway', 'scope_descriptions', scope])
    problems.push({ line, message: `scope_descriptions: no route asks for ${scope}` })
  }
  if (problems.length > 0) return { problems }
  return { routes, scopeWords, warnings, namesRoutes: document.hasIn(['gateway', 'routes']) }
}

/** Undefined for aliases of aliases: a few lines of them can stand for more than fits into memory. */
function toData(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

function readRoute(written: WrittenRoute, rules: RouteRules): Route | Wrong {
  const path = canonicalPath(written.path)?.replace(/(?<=.)\/$/, '')
  if (path === undefined) return { wrong: 'path', why: 'can be read in more than one way; write it plainly' }
  const named = written.host?.toLowerCase()
  const host = named === new URL(rules.publicUrl).host ? undefined : named
  if (named !== undefined && (!isHost(named) || named.includes('*')))
    return { wrong: 'host', why: 'is no host, such as api.example.com' }
  const shadowed = host === undefined ? shadow(path, rules) : undefined
  if (shadowed !== undefined) return { wrong: 'path', why: shadowed }
  const unfit = written.access === 'session' ? unfitForSessions(written, host) : undefined
  if (unfit) return unfit
  if (written.users && written.access !== 'session') {
    return { wrong: 'users', why: 'is for `access: session`; what a token may do is said by scopes' }
  }
  if (path === OWN_PATHS || path.startsWith(`${OWN_PATHS}/`)) {
    return { wrong: 'path', why: `${OWN_PATHS} is for signing in, on every host` }
  }
  const twin = written.issuers.findIndex(({ issuer }) => issuer === rules.publicUrl)
  if (twin >= 0) return { wrong: 'issuers', why: 'tokens of this server are taken anyway; name others only' }
  const methods = takenMethods(written)
  if (methods && 'wrong' in methods) return methods
  const upstream = readUpstream(written, path, rules)
  if (upstream && 'wrong' in upstream) return upstream
  const { all, of } = scopesOf(written.scopes)
  return {
    name: `${host ?? ''}${path}`,
    title: written.title,
    host,
    path,
    methods,
    upstream,
    access: written.access,
    users: written.users,
    // RFC 8707 §2, RFC 9728 §3.3: what is there is named by its address.
    audience: written.audience ?? addressOf(host, path, rules),
    takesIssuerScopes: written.audience === undefined && !written.mcp,
    scopes: { all, of },
    maxAuthAgeSeconds: written.max_age,
    acrValues: written.acr_values,
    takesLoginToken: false,
    clientCredentials: written.client_credentials,
    issuers: written.issuers.map(({ issuer, jwks_uri, audience, algorithms, typ }) => ({
      ...{ issuer, audience, algorithms, typ },
      jwksUrl: jwks_uri,
    })),
    identity: identityOf(written, addressOf(host, path, rules)),
    timeoutSeconds: written.timeout,
    retries: written.retries,
    maxBodyBytes: written.max_body,
    rateLimits: written.rate_limit.map(({ requests, seconds, per }) => ({ most: requests, seconds, per })),
    corsOrigins: written.cors?.origins ?? [],
    mcp: written.mcp,
  }
}

/** A session is of a person and not of an app: what is about tokens has no meaning with it. */
function unfitForSessions(written: WrittenRoute, host: string | undefined): Wrong | undefined {
  if (host === undefined) {
    return { wrong: 'access', why: 'a browser session opens routes of another host only; name it under `host`' }
  }
  if (Array.isArray(written.scopes) ? written.scopes.length > 0 : true) {
    return { wrong: 'scopes', why: 'scopes are of tokens; a session has all that its person may do' }
  }
  if (written.mcp) return { wrong: 'mcp', why: 'MCP clients come with tokens, not with a session' }
  if (written.issuers.length > 0) return { wrong: 'issuers', why: 'sessions are of this server' }
  return undefined
}

function readUpstream(written: WrittenRoute, path: string, rules: RouteRules): Upstream | Wrong | undefined {
  const { strip_prefix: strips, rewrite } = written
  if (rewrite !== undefined && (strips || canonicalPath(rewrite) === undefined)) {
    return { wrong: 'rewrite', why: 'must be a plain path, and stands instead of strip_prefix' }
  }
  if (written.upstream === undefined) return undefined
  const { search, hash, username, origin, pathname } = new URL(written.upstream)
  if (search !== '' || hash !== '' || username !== '')
    return { wrong: 'upstream', why: 'takes no user, query or fragment' }
  if (isTrivetItself(new URL(written.upstream), rules)) {
    return { wrong: 'upstream', why: 'is the address of Trivet itself: requests would go round in circles' }
  }
  const base = `${pathname}${rewrite ?? ''}`.replaceAll('//', '/').replace(/\/$/, '')
  return { origin, base, strips: (strips || rewrite !== undefined) && path !== '/' ? path : '' }
}

/** Names and addresses, with a port where it is not the usual one. */
function isHost(host: string): boolean {
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined
  return url !== undefined && (url.host === host || `${url.hostname}:80` === host) && url.pathname === '/'
}

/** As clients know it. */
function addressOf(host: string | undefined, path: string, { publicUrl }: RouteRules): string {
  const below = path === '/' ? '' : path
  return host === undefined ? `${publicUrl}${below}` : `${new URL(publicUrl).protocol}//${host}${below}`
}

function shadow(path: string, { ownSegments }: RouteRules): string | undefined {
  const [, first = ''] = path.split('/')
  if (first === '') return 'everything on the host of this server is Trivet’s; name another host'
  return ownSegments().has(first) ? `/${first} is an address of Trivet itself` : undefined
}

function scopesOf(written: WrittenRoute['scopes']): Route['scopes'] {
  if (Array.isArray(written)) return { all: [...new Set(written)], of: new Map() }
  return { all: [], of: new Map(Object.entries(written).map(([method, scopes]) => [method, [...new Set(scopes)]])) }
}

function identityOf({ identity_headers: written, audience }: WrittenRoute, address: string): IdentityStyle {
  if (written === 'jwt') return { kind: 'jwt', audience: audience ?? address }
  if (written === false) return { kind: 'none' }
  if (written === true) return { kind: 'headers', names: IDENTITY_HEADERS }
  const named = IDENTITY_FACTS.map((fact) => [fact, written[fact]?.toLowerCase() ?? IDENTITY_HEADERS[fact]])
  return { kind: 'headers', names: Object.fromEntries(named) }
}

/** Places of routes that can never be reached, because one before them takes all that is theirs. */
function twice(routes: readonly Route[]): readonly number[] {
  return routes.flatMap((route, index) => {
    const before = routes.slice(0, index).filter(({ host, path }) => host === route.host && path === route.path)
    const isTaken = before.some(
      ({ methods }) => methods === undefined || (route.methods ?? ['']).some((method) => methods.includes(method)),
    )
    return isTaken ? [index] : []
  })
}

/** The line of a value, or of the nearest thing around it that is there. */
function lineAt(document: ReturnType<typeof parseDocument>, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined
    const start = node?.range?.[0]
    if (start !== undefined) return lines.linePos(start).line
  }
  return 1
}
