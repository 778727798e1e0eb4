import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, type TestClient, VERIFIER } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
let cookie: string
let bearer: string
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client({
    redirect_uris: ['https://app.example/cb'],
    token_endpoint_auth_method: 'client_secret_post',
  })
  const somebody = await rig.person()
  cookie = [...somebody.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  bearer = somebody.bearer.authorization
})
afterAll(() => rig.close())

/** The same numbers every time (mulberry32), so that a failure can be had again. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const SECRET = 'tra_this-must-not-be-echoed-anywhere-0123456789'
const ODD = [
  '',
  ' ',
  '\0',
  '%00',
  '\ud800',
  '%ED%A0%80',
  '%',
  '%zz',
  '\r\nX: y',
  '"',
  '\\',
  '<script>',
  "'; drop table trivet.tinyoauth_grant; --",
  '__proto__',
  'constructor',
  '{"id_token":{"__proto__":{"value":1}}}',
  '[]',
  '['.repeat(3000),
  `{"userinfo":${'{"a":'.repeat(1500)}1${'}'.repeat(1500)}}`,
  '-1',
  '9'.repeat(40),
  'x'.repeat(6000),
  'https://evil.example/cb',
  '//evil.example',
  'javascript:alert(1)',
  'none login',
  'openid openid profile',
  'ſ\u0000',
  '😀',
  'null',
  'true',
]
const NAMES = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'prompt',
  'max_age',
  'claims',
  'code_challenge',
  'code_challenge_method',
  'login_hint',
  'id_token_hint',
  'acr_values',
  'resource',
  'request',
  'request_uri',
  'interaction',
  'login',
  'decision',
  'csrf',
  'grant_type',
  'code',
  'code_verifier',
  'refresh_token',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  '__proto__',
  'toString',
  '',
]

describe('whatever is sent (issue 4, "Bad input")', () => {
  it('1,500 broken requests: no 5xx, no redirect to where nobody registered, no secret echoed', async () => {
    const random = numbers(4)
    const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T
    const good = () => ({
      authorize: rig.request(app, { prompt: pick(['none', 'login', 'consent', '']) }),
      consent: new URLSearchParams({ interaction: 'a'.repeat(43), decision: 'allow', csrf: 'x' }),
      token: new URLSearchParams({
        grant_type: pick(['authorization_code', 'refresh_token', 'client_credentials']),
        client_id: app.client.id,
        client_secret: app.secret ?? '',
        code: SECRET,
        refresh_token: SECRET,
        code_verifier: VERIFIER,
      }),
    })

    async function once(): Promise<void> {
      const kind = pick(['authorize', 'authorize', 'consent', 'token'] as const)
      const params = good()[kind]
      for (let changes = 1 + random(3); changes > 0; changes -= 1) {
        const name = pick(NAMES)
        const change = pick(['append', 'delete', 'set', 'set'] as const)
        if (change === 'delete') params.delete(name)
        else params[change](name, pick(ODD))
      }
      // A raw escape now and then, which no encoder would write.
      const text = random(5) === 0 ? `${params}&${pick(NAMES)}=${pick(['%', '%ED%A0%80', '%00', '%zz'])}` : `${params}`
      const isPost = kind === 'token' || random(3) === 0
      const headers: Record<string, string> = {
        accept: pick(['text/html', 'application/json', '*/*']),
        ...(isPost
          ? {
              'content-type': pick([
                'application/x-www-form-urlencoded',
                'application/x-www-form-urlencoded',
                'application/json',
                'text/plain',
                '',
              ]),
            }
          : {}),
        ...pick([
          {},
          { cookie },
          { authorization: bearer },
          { authorization: pick(['Bearer', 'Basic x', 'Basic Ojo6', '\u00ff']) },
        ]),
      }
      const path = isPost ? `/${kind}` : `/${kind}?${text}`
      if (path.length > 14_000) return
      const init = { method: isPost ? 'POST' : 'GET', headers, redirect: 'manual' as const }
      const response = await fetch(rig.publicUrl + path, isPost ? { ...init, body: text } : init)
      const body = await response.text()
      const what = `${init.method} ${path} ${isPost ? text : ''} ${JSON.stringify(headers)} gave ${response.status} ${body}`
      expect(response.status, what).toBeLessThan(500)
      const location = response.headers.get('location')
      if (location !== null) {
        expect(location, what).toMatch(/^(https:\/\/app\.example\/cb\?|\/(login|register|consent|authorize)\?)/)
      }
      expect(body + location, what).not.toContain(SECRET)
      expect(response.headers.get('x'), what).toBeNull()
    }

    for (let batch = 0; batch < 30; batch += 1) await Promise.all(Array.from({ length: 50 }, once))
    expect(rig.logged()).not.toContain('"level":50')
  }, 60_000)
})
