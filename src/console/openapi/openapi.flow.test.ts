import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT_CONTRACTS } from '#accounts'
import { CONNECTION_CONTRACTS } from '#connections'
import { RUN_CONTRACTS } from '#runs'
import { ADMIN_CONTRACTS } from '../contracts/index.ts'
import { createOffice, type Office } from '../office.fixture.ts'

const OTHERS = [...ACCOUNT_CONTRACTS, ...CONNECTION_CONTRACTS, ...RUN_CONTRACTS]

let office: Office
beforeAll(async () => {
  office = await createOffice({ contracts: OTHERS })
})
afterAll(() => office.close())

describe('GET /openapi.json', () => {
  it('is an OpenAPI 3.1 document by its own schema, for everybody', async () => {
    const { status, headers, json } = await office.caller()('GET', '/openapi.json')
    expect({ status, type: headers.get('content-type') }).toMatchObject({ status: 200 })
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    const validator = new Validator()
    const { valid, errors } = await validator.validate(json)
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined })
    expect(validator.version).toBe('3.1')
    // Every reference leads somewhere.
    expect(() => validator.resolveRefs()).not.toThrow()
  })

  it('the validator sees what is wrong', async () => {
    const { json } = await office.caller()('GET', '/openapi.json')
    expect((await new Validator().validate({ ...json, paths: { users: {} } })).valid).toBe(false)
  })

  it('names each address of the admin API, once, with what opens it', async () => {
    const { json } = await office.caller()('GET', '/openapi.json')
    const paths = json['paths'] as Record<string, Record<string, { operationId: string; security: object[] }>>
    const admin = Object.entries(paths).filter(([path]) => path.startsWith('/api/admin/'))
    const described = admin.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({ at: `${method.toUpperCase()} ${path}`, security })),
    )
    const expected = ADMIN_CONTRACTS.map(({ method, path }) => ({
      at: `${method} ${path.replace(':id', '{id}')}`,
      security: [{ session: [] }, { loginToken: [] }],
    }))
    expect(described.sort(byPlace)).toEqual(expected.sort(byPlace))
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('says what the server answers: each answer fits its schema, member by member', async () => {
    const { person, api } = await office.administrator()
    await office.browserOf(person)
    const { id: token } = (await api('POST', '/api/admin/registration-tokens', { note: 'x' })).json
    const made = await api('POST', '/api/admin/clients', {
      redirect_uris: ['https://a.example/cb'],
      contacts: ['a@b.example'],
    })
    const client = String(made.json['client_id'])
    const [other, third] = [await office.user(), await office.user()]
    const filled: Record<string, [id: string, body?: unknown]> = {
      readUser: [person.publicId],
      changeUser: [other.publicId, { is_disabled: true }],
      makeResetLink: [third.publicId],
      removeUserCodes: [third.publicId],
      endUserSessions: [other.publicId],
      readClient: [client],
      changeClient: [client, { is_verified: true }],
      deleteClient: [client],
      registerClient: ['', { redirect_uris: ['https://a.example/cb'] }],
      rotateKey: ['', { alg: 'RS256' }],
      createRegistrationToken: ['', {}],
      deleteRegistrationToken: [String(token)],
    }
    for (const { id, method, path, answer } of ADMIN_CONTRACTS) {
      const [of = '', body] = filled[id] ?? []
      const { status, json, text } = await api(method, path.replace(':id', of), body)
      expect({ id, status }).toEqual({ id, status: answer.status })
      if (answer.schema) expect(answer.schema.safeParse(json)).toMatchObject({ success: true })
      else expect(text).toBe('')
    }
  })
})

describe('the JSON API of accounts', () => {
  it('answers fit their contracts, member by member', async () => {
    const fits = (id: string, { status, json }: { status: number; json: Record<string, unknown> }) => {
      const answer = ACCOUNT_CONTRACTS.find((contract) => contract.id === id)?.answer
      expect({ id, status }).toEqual({ id, status: answer?.status })
      expect({ id, ...answer?.schema?.safeParse(json) }).toMatchObject({ id, success: true })
    }
    const call = office.caller()
    const person = { username: 'contract-user', password: 'four words in a row' }
    fits('register', await call('POST', '/register', { ...person, email: 'ana@example.com' }))
    fits('logIn', await call('POST', '/login', { ...person, password: 'wrong' }))
    const login = await call('POST', '/login', person)
    fits('logIn', login)
    const own = office.caller({ authorization: `Bearer ${login.json['token']}` })
    fits('readAccount', await own('GET', '/api/account'))
    const address = { street_address: '1 Way', locality: 'Oslo', country: 'Norway' }
    const phone_number = '+4712345678'
    fits('changeAccount', await own('PATCH', '/api/account', { name: 'Ana', phone_number, address, nickname: null }))
  })
})

function byPlace(one: { at: string }, other: { at: string }): number {
  return one.at < other.at ? -1 : 1
}
