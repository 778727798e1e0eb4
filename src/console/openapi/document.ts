import { z } from 'zod'
import type { Callers, Contract } from '#http'
import { operationOf } from './operation.ts'
import { createSchemas, type JsonSchema } from './schemas.ts'

/** RFC 9457, and the members that every problem of this server has. */
const PROBLEM = z
  .looseObject({
    type: z.string().meta({ description: 'A page about this code.' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'What happened, and what to do.' }),
    code: z.string(),
    request_id: z.string().meta({ description: 'Finds the lines in the log of the server.' }),
  })
  .meta({ id: 'Problem' })

/** `securitySchemes` that open an address; an empty one stands for nobody. */
const OPENED_BY: Readonly<Record<Callers, readonly Readonly<Record<string, readonly string[]>>[]>> = {
  anybody: [{}, { session: [] }],
  user: [{ session: [] }, { loginToken: [] }],
  administrator: [{ session: [] }, { loginToken: [] }],
}

/** The JSON API of this server as an OpenAPI 3.1 document. */
export function openApiDocument(
  contracts: readonly Contract[],
  server: { readonly publicUrl: string; readonly version: string; readonly sessionCookie: string },
): JsonSchema {
  const schemas = createSchemas()
  const problem = schemas.of(PROBLEM, 'output')
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const contract of contracts) {
    const path = contract.path.replaceAll(/:(\w+)/g, '{$1}')
    const operation = operationOf(contract, { schemas, problem, security: OPENED_BY[contract.callers] })
    paths[path] = { ...paths[path], [contract.method.toLowerCase()]: operation }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Trivet',
      version: server.version,
      summary: 'The JSON API of this server.',
      description:
        'Errors are application/problem+json (RFC 9457). The endpoints of OAuth and OpenID Connect are described by /.well-known/openid-configuration.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: server.publicUrl }],
    tags: [...new Set(contracts.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: { schemas: schemas.named, securitySchemes: securitySchemes(server.sessionCookie) },
  }
}

function securitySchemes(sessionCookie: string): Readonly<Record<string, JsonSchema>> {
  return {
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: sessionCookie,
      description:
        'The session of a browser. Changes come from a page of this server: of the same origin, and at /api/admin with the token of its forms in the header X-CSRF-Token.',
    },
    loginToken: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'What POST /login gives for username and password; it lives for 15 minutes, and for changes at /api/admin for 5.',
    },
  }
}
