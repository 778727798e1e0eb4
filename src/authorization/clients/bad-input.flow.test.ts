import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#testing'
import { CALLBACK, createRig, type Rig } from './rig.fixture.ts'

let test: TestDatabase
let rig: Rig
beforeAll(async () => {
  test = await testDatabase()
  rig = await createRig(test)
})
afterAll(async () => {
  await rig.close()
  await test.close()
})

const deep = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times)

/** JSON as text: most of it no serializer would write. */
const BODIES: [string, string][] = [
  ['nothing', ''],
  ['no JSON', '{'],
  ['text after it', '{} {}'],
  ['an array', '[]'],
  ['null', 'null'],
  ['a number', '7'],
  ['text', '"x"'],
  ['an array of objects', `[{"redirect_uris":["${CALLBACK}"]}]`],
  ['__proto__', `{"__proto__":{"redirect_uris":["${CALLBACK}"]}}`],
  ['__proto__ beside', `{"redirect_uris":["${CALLBACK}"],"__proto__":{"isVerified":true}}`],
  ['constructor.prototype', `{"redirect_uris":["${CALLBACK}"],"constructor":{"prototype":{"x":1}}}`],
  ['NUL', `{"redirect_uris":["${CALLBACK}"],"client_name":"a\\u0000b"}`],
  ['NUL in an unknown member', `{"redirect_uris":["${CALLBACK}"],"x":"\\u0000"}`],
  ['a lone surrogate', `{"redirect_uris":["${CALLBACK}"],"client_name":"\\ud800"}`],
  ['a lone surrogate as name', `{"redirect_uris":["${CALLBACK}"],"\\udfff":1}`],
  ['10,000 arrays deep', deep('[', ']', 10_000)],
  [
    '10,000 objects deep in jwks',
    `{"redirect_uris":["${CALLBACK}"],"jwks":{"keys":[${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}]}}`,
  ],
  ['10,000 arrays deep as redirect_uris', `{"redirect_uris":${deep('[', ']', 10_000)}}`],
  ['too long', `{"redirect_uris":["${CALLBACK}"],"x":"${'x'.repeat(70_000)}"}`],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('latin1')],
]

describe.each(['POST /client', 'PUT /client/:id'])('%s with a body that is none: 4xx, never 500', (endpoint) => {
  it.each(BODIES)('%s', async (_what, body) => {
    const user = await rig.user()
    const made = await rig.register(user)
    const answer =
      endpoint === 'POST /client'
        ? await rig.json('POST', '/client', body, user.headers)
        : await rig.json('PUT', `/client/${made.id}`, body, made.headers)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(answer.headers['content-type']).toContain('application/json')
    expect(answer.body['error']).toMatch(/^invalid_/)
    expect(await rig.clients.listOf(user.id)).toHaveLength(1)
  })
})

it('10,000 deep in a member that nobody knows is ignored like any other', async () => {
  const user = await rig.user()
  const body = `{"redirect_uris":["${CALLBACK}"],"x":${deep('[', ']', 10_000)}}`
  expect((await rig.json('POST', '/client', body, user.headers)).status).toBe(201)
})

const VALUES = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  '',
  'x',
  '\u{1f600}',
  [],
  {},
  [null],
  [1],
  [{}],
  [['x']],
  { a: 1 },
  'x'.repeat(5000),
]
const MEMBERS = [
  'redirect_uris',
  'post_logout_redirect_uris',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'grant_types',
  'response_types',
  'application_type',
  'client_name',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
  'scope',
  'jwks',
  'jwks_uri',
  'software_id',
  'software_version',
  'subject_type',
  'id_token_signed_response_alg',
  'require_pkce',
  'consent_required',
  'profile',
  'client_assertion_audience',
  'refresh_token_rotation',
  'default_scope',
  'default_resource',
  'csrf',
]

it.each(MEMBERS)('%s of every type: 201, or 400 with the name of what is wrong', async (member) => {
  for (const value of VALUES) {
    const owner = await rig.user()
    const answer = await rig.json(
      'POST',
      '/client',
      { redirect_uris: [CALLBACK], [member]: value },
      {
        ...owner.headers,
        'x-forwarded-for': `198.51.${MEMBERS.indexOf(member)}.${VALUES.indexOf(value)}`,
      },
    )
    expect([201, 400]).toContain(answer.status)
    if (answer.status === 400) expect(answer.body['error']).toMatch(/^invalid_(client_metadata|redirect_uri)$/)
  }
})

it.each(['', '%00', '%ff', 'c_%2e%2e', "' or 1=1 --", 'x'.repeat(5000), '..%2fclient', '__proto__'])(
  '/client/%s: 4xx',
  async (id) => {
    const made = await rig.register(await rig.user())
    for (const method of ['GET', 'DELETE']) {
      const answer = await rig.send(method, `/client/${encodeURI(id).replaceAll('%25', '%')}`, made.headers)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }
  },
)
