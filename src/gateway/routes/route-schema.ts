import { z } from 'zod'
import { CLIENT_CREDENTIALS, IDENTITY_FACTS } from './route.ts'

/** RFC 6749 §3.3: characters of a scope. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
const SIZE = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB)$/
const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }

const scopeName = z
  .string()
  .regex(SCOPE, 'is no name of a scope (RFC 6749 §3.3)')
  // Of Trivet's own insides, and of sign-ins: MCP (2025-11-25) keeps `offline_access` out of what an API asks for.
  .refine((scope) => !/^(trivet|internal|vault)(:|$)|^offline_access$/.test(scope), 'is granted to nobody for a route')
/** A template whose variable is empty must not open a route, so that is one scope without a name: a mistake. */
function wordsOf(text: string): string[] {
  return text.trim().split(/ +/)
}
/** `notes:read notes:write`, or a list. */
const scopeList = z.union([z.string().transform(wordsOf), z.array(z.string())]).pipe(z.array(scopeName))
const method = z
  .string()
  .regex(/^[A-Z]+$/, 'is no method: write GET, POST …')
  .refine((name) => name !== 'TRACE' && name !== 'CONNECT', 'is handed on to nobody')
/** `*`: all methods that the map does not name. */
const methodOrRest = z.string().regex(/^(?:[A-Z]+|\*)$/, "is no method: write GET, POST …, or '*' for the rest")
/** Of the message itself: a second one breaks it, or says something else of it than who calls. */
const OF_THE_MESSAGE = /^(?:host|cookie|content-.*|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect)$/i
const headerName = z
  .string()
  .regex(TOKEN, 'is no name of a header')
  .refine((name) => !OF_THE_MESSAGE.test(name), 'is a header with a meaning of its own')
/** As browsers write it (RFC 6454 §6.2). `null` is every page in a sandbox, whoever made it. */
const origin = z
  .string()
  .regex(/^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^/\sA-Z]+)$/, 'is no origin: write https://app.example, or *')

/** What union types say, whose own words are "Invalid input". */
const KINDS = {
  scopes: 'must be scopes (`notes:read notes:write`), a list of them, or a map by method (`GET: notes:read`)',
  identityHeaders: 'must be `true`, `false`, `jwt`, or a map of names (`user: x-user`)',
  rateLimit: 'must be `{requests: 100, seconds: 60, per: client}`, or a list of such',
  acrValues: 'must be one value, or a list of them',
  size: 'must be a number of bytes, or such as "10 MB"',
}

const size = z.union(
  [
    z.int().min(0),
    z
      .string()
      .regex(SIZE, 'is no size: write bytes, or such as "10 MB"')
      .transform((text) => {
        const [, number = '0', unit = 'B'] = SIZE.exec(text) ?? []
        return Math.floor(Number(number) * (UNITS[unit] ?? 1))
      }),
  ],
  KINDS.size,
)

const rateLimit = z.strictObject({
  requests: z.int().min(1),
  seconds: z.number().min(1).max(86_400),
  per: z.enum(['client', 'user', 'address']).default('address'),
})

/** It stands in headers for upstreams as it is. */
const issuerName = z.url().regex(/^[\x21-\x7e]{1,255}$/, 'must be an URL in plain ASCII')
/** By http only from this very machine: whoever changes the keys on their way is anybody they like. */
const keysUrl = z.url().regex(/^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/])/, 'must be an https URL')

const issuer = z.strictObject({
  issuer: issuerName,
  jwks_uri: keysUrl,
  audience: z.string().min(1),
  algorithms: z
    .array(z.enum(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']))
    .min(1)
    .default(['RS256', 'ES256']),
  /** Of the header, such as `at+jwt`; it has to be there then. */
  typ: z.string().min(1).optional(),
})

const identityNames = z.partialRecord(z.enum(IDENTITY_FACTS), headerName)

function upstreamHint(written: unknown): string {
  const isBare = typeof written === 'string' && !written.includes('://')
  return isBare ? 'must be an http or https URL: put http:// in front' : 'must be an http or https URL'
}

/** One entry of `gateway.routes` in trivet.yaml. Unknown names are mistakes, not ignored. */
export const routeSchema = z.strictObject({
  path: z.string().startsWith('/', 'must start with a slash'),
  /** For people: what the consent page calls what is behind it. */
  title: z.string().trim().min(1).max(100).optional(),
  host: z.string().min(1).optional(),
  methods: z.array(method, 'must be a list: `[GET, POST]`').min(1).optional(),
  /** Absent: another proxy forwards, and asks at /gateway/auth. */
  upstream: z.url({ protocol: /^https?$/, error: ({ input }) => upstreamHint(input) }).optional(),
  access: z.enum(['token', 'session', 'public']).default('token'),
  users: z.array(z.string().trim().min(1)).min(1).optional(),
  scopes: z.union([scopeList, z.record(methodOrRest, scopeList)], KINDS.scopes).default([]),
  audience: z.string().min(1).optional(),
  /** RFC 6749 §4.4: tokens that no person stands behind. */
  client_credentials: z.enum(CLIENT_CREDENTIALS).default('verified'),
  issuers: z.array(issuer).default([]),
  strip_prefix: z.boolean().default(false),
  rewrite: z.string().startsWith('/', 'must start with a slash').optional(),
  identity_headers: z.union([z.boolean(), z.literal('jwt'), identityNames], KINDS.identityHeaders).default(true),
  rate_limit: z.union([rateLimit.transform((one) => [one]), z.array(rateLimit)], KINDS.rateLimit).default([]),
  timeout: z.number().min(0.1).max(86_400).default(60),
  retries: z.int().min(0).max(5).default(1),
  /** RFC 9470: how long ago, in seconds, and how well the person has to have signed in. */
  max_age: z.int().min(0).optional(),
  acr_values: z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1)], KINDS.acrValues).optional(),
  max_body: size.default(10_000_000),
  cors: z.strictObject({ origins: z.array(origin).min(1) }).optional(),
  mcp: z.boolean().default(false),
})

export type WrittenRoute = z.output<typeof routeSchema>

/** The whole file. A misspelt name must not read as "no routes". */
export const fileSchema = z.strictObject({
  gateway: z
    .strictObject({
      routes: z.array(routeSchema).default([]),
      /** What scopes allow, in plain words: `notes:read: Read your notes`. */
      scope_descriptions: z.record(scopeName, z.string().trim().min(1).max(200)).default({}),
    })
    .prefault({}),
})
