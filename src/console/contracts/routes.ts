import { z } from 'zod'
import type { FileProblem, Route } from '#gateway'
import type { Contract } from '#http'

const texts = z.array(z.string())

const route = z
  .strictObject({
    name: z.string().meta({ description: 'Host and path; so it is called in metrics and logs.' }),
    host: z.string().nullable().meta({ description: 'null: the host of this server.' }),
    path: z.string(),
    methods: texts.nullable().meta({ description: 'null: all.' }),
    upstream: z.string().nullable().meta({ description: 'null: another proxy forwards, and asks at /gateway/auth.' }),
    access: z.enum(['token', 'session', 'public']),
    audience: z.string(),
    scopes: z.strictObject({ all: texts, by_method: z.record(z.string(), texts) }),
    takes_login_token: z.boolean(),
    client_credentials: z.enum(['verified', 'all', 'none']).meta({
      description: 'Whose tokens without a person behind them open it (RFC 6749 §4.4).',
    }),
    issuers: texts.meta({ description: 'Other servers whose tokens open it.' }),
    max_age: z.number().nullable(),
    acr_values: texts.nullable(),
    identity: z.enum(['headers', 'jwt', 'none']),
    timeout: z.number(),
    retries: z.number(),
    max_body: z.number(),
    rate_limit: z.array(z.strictObject({ requests: z.number(), seconds: z.number(), per: z.string() })),
    cors_origins: texts,
    mcp: z.boolean(),
  })
  .meta({ id: 'GatewayRoute' })

const problem = z.strictObject({ line: z.int().min(1), message: z.string() }).meta({ id: 'GatewayFileProblem' })

export const listRoutes = {
  ...{ id: 'listRoutes', method: 'GET', path: '/api/admin/routes', callers: 'administrator' },
  group: 'Administration: gateway',
  says: 'The routes of the gateway as they are used now. They are changed in trivet.yaml, not here.',
  answer: {
    status: 200,
    says: 'All of them, in the order of the file, those that come with Trivet last. `problems`: what is wrong with the file as it stands; while there are any, the routes before it are used.',
    schema: z.strictObject({ routes: z.array(route), problems: z.array(problem) }),
  },
} satisfies Contract

export function routeToWire(of: Route): z.output<typeof route> {
  const { upstream, scopes } = of
  return {
    ...{ name: of.name, host: of.host ?? null, path: of.path, methods: of.methods ? [...of.methods] : null },
    upstream: upstream ? `${upstream.origin}${upstream.base}` : null,
    ...{ access: of.access, audience: of.audience },
    scopes: {
      all: [...scopes.all],
      by_method: Object.fromEntries([...scopes.of].map(([method, names]) => [method, [...names]])),
    },
    takes_login_token: of.takesLoginToken,
    client_credentials: of.clientCredentials,
    issuers: of.issuers.map(({ issuer }) => issuer),
    max_age: of.maxAuthAgeSeconds ?? null,
    acr_values: of.acrValues ? [...of.acrValues] : null,
    identity: of.identity.kind,
    ...{ timeout: of.timeoutSeconds, retries: of.retries, max_body: of.maxBodyBytes },
    rate_limit: of.rateLimits.map(({ most, seconds, per }) => ({ requests: most, seconds, per })),
    cors_origins: [...of.corsOrigins],
    mcp: of.mcp,
  }
}

export function problemToWire({ line, message }: FileProblem): z.output<typeof problem> {
  return { line, message }
}
