import type { z } from 'zod'
import type { Callers, Contract } from '#http'
import type { JsonSchema, Schemas } from './schemas.ts'

type Around = {
  readonly schemas: Schemas
  readonly problem: JsonSchema
  readonly security: readonly JsonSchema[]
}

type Codes = Readonly<Record<number, readonly string[]>>

/** What the gate of each kind of caller answers, besides what the contract names. */
const OF_CALLERS: Readonly<Record<Callers, Codes>> = {
  anybody: {},
  user: { 401: ['sign_in_required'] },
  administrator: { 401: ['sign_in_required'], 404: ['not_found'], 422: ['admin_request_invalid'] },
}

const OF_CHANGES: Codes = { 401: ['login_token_too_old'], 403: ['forged_request', 'confirmation_required'] }

/** One method of one path (OpenAPI 3.1.1, §4.8.10). */
export function operationOf(contract: Contract, { schemas, problem, security }: Around): JsonSchema {
  const { id, group, says, body } = contract
  return {
    operationId: id,
    tags: [group],
    summary: says,
    security,
    parameters: parametersOf(contract, schemas),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemas.of(body, 'input') } } } }),
    responses: { ...answerOf(contract, schemas), ...problemsOf(contract, problem) },
  }
}

function parametersOf({ params, query, headers = {} }: Contract, schemas: Schemas): JsonSchema[] {
  const named = Object.entries(headers).map(([name, description]) => ({
    ...{ name, in: 'header', description, schema: { type: 'string' } },
  }))
  return [...members(params, 'path', schemas), ...members(query, 'query', schemas), ...named]
}

function members(schema: z.ZodType | undefined, place: 'path' | 'query', schemas: Schemas): JsonSchema[] {
  if (schema === undefined) return []
  const { properties, required } = schemas.of(schema, 'input')
  const needed: readonly unknown[] = Array.isArray(required) ? required : []
  return Object.entries(properties ?? {}).map(([name, member]) => {
    const { description, ...rest } = member
    const said = description === undefined ? {} : { description }
    return { name, in: place, ...said, required: place === 'path' || needed.includes(name), schema: rest }
  })
}

function answerOf({ answer }: Contract, schemas: Schemas): JsonSchema {
  const { status, says, schema, type, headers } = answer
  const described = Object.entries(headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ])
  return {
    [status]: {
      description: says,
      ...(headers === undefined ? {} : { headers: Object.fromEntries(described) }),
      ...(schema === undefined ? {} : { content: { 'application/json': { schema: schemas.of(schema, 'output') } } }),
      ...(type === undefined ? {} : { content: { [type]: { schema: { type: 'string' } } } }),
    },
  }
}

/** Codes by status: those of the contract, those of the gate, and `default` for what any address may answer. */
function problemsOf(contract: Contract, problem: JsonSchema): JsonSchema {
  const isAdminChange = contract.callers === 'administrator' && contract.method !== 'GET'
  const codes = new Map<string, string[]>()
  for (const source of [OF_CALLERS[contract.callers], isAdminChange ? OF_CHANGES : {}, contract.problems ?? {}]) {
    for (const [status, some] of Object.entries(source)) codes.set(status, [...(codes.get(status) ?? []), ...some])
  }
  const content = { 'application/problem+json': { schema: problem } }
  const described = [...codes].map(([status, some]) => [
    status,
    { description: some.map((code) => `\`${code}\``).join(', '), content },
  ])
  return { ...Object.fromEntries(described), default: { description: 'Any other problem.', content } }
}
