import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, type TestClient, VERIFIER } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

const FORM = 'application/x-www-form-urlencoded'
async function send(body: string | Buffer, type: string | null = FORM, path = '/token', method = 'POST') {
  const headers: Record<string, string> = {
    accept: 'text/html',
    ...(type === null ? {} : { 'content-type': type }),
  }
  const init = method === 'GET' ? { method, headers } : { method, headers, body: new Uint8Array(Buffer.from(body)) }
  const response = await fetch(`${rig.publicUrl}${path}`, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text || '{}') }
}

describe('POST /token takes a form and nothing else (RFC 6749 §3.2)', () => {
  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/xml', null])(
    'not %s',
    async (type) => {
      const { status, body, headers } = await send('{}', type)
      expect(status).toBe(415)
      expect(body.error).toBe('invalid_request')
      expect(headers.get('content-type')).toMatch(/^application\/json/)
    },
  )

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('no %s: 405 with Allow', async (method) => {
    const { status, headers, body } = await send('', FORM, '/token', method)
    expect([status, headers.get('allow'), body.error]).toEqual([405, 'POST, OPTIONS', 'invalid_request'])
  })

  it('counts no parameter of the address (Pocket ID)', async () => {
    const { browser } = await rig.person()
    const code = await rig.code(app, browser)
    const query = new URLSearchParams({
      client_id: app.client.id,
      grant_type: 'authorization_code',
      code,
      code_verifier: VERIFIER,
    })
    const { status, body } = await send('', FORM, `/token?${query}`)
    expect([status, body.error]).not.toEqual([200, undefined])
    expect((await rig.redeem(app, code)).status).toBe(200)
  })

  it.each([
    ['repeated', (id: string) => `client_id=${id}&client_id=${id}&grant_type=refresh_token`],
    ['repeated grant_type', (id: string) => `client_id=${id}&grant_type=refresh_token&grant_type=refresh_token`],
    ['NUL', (id: string) => `client_id=${id}&grant_type=refresh_token&refresh_token=%00`],
    [
      'a hundred parameters',
      (id: string) => `client_id=${id}&${Array.from({ length: 100 }, (_, i) => `p${i}=1`).join('&')}`,
    ],
    ['a very long one', (id: string) => `client_id=${id}&grant_type=refresh_token&refresh_token=${'x'.repeat(20_000)}`],
    ['no grant_type', (id: string) => `client_id=${id}`],
    ['an empty grant_type', (id: string) => `client_id=${id}&grant_type=`],
    ['no code', (id: string) => `client_id=${id}&grant_type=authorization_code`],
  ])('%s: invalid_request', async (_what, form) => {
    const { status, body, headers } = await send(form(app.client.id))
    expect([status, body.error]).toEqual([400, 'invalid_request'])
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('a body of 100 kB is 413 with the RFC’s body', async () => {
    const { status, body } = await send(`client_id=x&a=${'x'.repeat(100_000)}`)
    expect([status, body.error]).toEqual([413, 'invalid_request'])
  })

  it.each(['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code', '__proto__', 'toString'])(
    'grant_type=%s is not supported',
    async (type) => {
      const { status, body } = await send(`client_id=${app.client.id}&grant_type=${type}`)
      expect([status, body.error]).toEqual([400, 'unsupported_grant_type'])
    },
  )

  it('an unknown client is invalid_client, 401 with a challenge (RFC 6749 §5.2)', async () => {
    const { status, body, headers } = await send('client_id=c_nobody&grant_type=refresh_token')
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect(headers.get('www-authenticate')).toMatch(/^Basic /)
  })

  it('may be called by pages of any origin, without credentials', async () => {
    const { headers } = await send('grant_type=x')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    const preflight = await fetch(`${rig.publicUrl}/token`, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
  })
})
