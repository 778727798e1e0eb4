import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { User } from '#accounts'
import { createTown, type Town } from '../testing/town.fixture.ts'

let town: Town
let person: User
let token: string
beforeAll(async () => {
  town = await createTown({
    file: (origin) => `
gateway:
  routes:
    - { path: /api, upstream: "${origin}", scopes: notes:read, identity_headers: jwt }
    - { path: /named, upstream: "${origin}", identity_headers: jwt, audience: "https://api.example/named" }
    - { path: /open, upstream: "${origin}", identity_headers: jwt, access: public }
    - { path: /plain, upstream: "${origin}" }
`,
  })
  person = await town.user()
  token = (await town.tokens(person, await town.app())).access_token
})
afterAll(() => town.close())

const HEADER = 'x-trivet-identity'
const seen = async (path: string, headers = {}, bearer: string | undefined = token) => {
  const answer = await town.ask(path, { headers, ...(bearer === undefined ? {} : { token: bearer }) })
  return JSON.parse(answer.text).headers as Record<string, string>
}
const keys = () => createRemoteJWKSet(new URL(`${town.publicUrl}/gateway/jwks`))

describe('identity_headers: jwt (security §10.2)', () => {
  it('says who calls, verifiable with /gateway/jwks alone, for this upstream, for a minute', async () => {
    const { [HEADER]: jwt = '' } = await seen('/api')
    const { payload, protectedHeader } = await jwtVerify(jwt, keys(), {
      issuer: `${town.publicUrl}/gateway`,
      audience: `${town.publicUrl}/api`,
      typ: 'trivet-identity+jwt',
      algorithms: ['ES256'],
    })
    expect(protectedHeader.kid).toBeDefined()
    expect(payload).toMatchObject({
      sub: person.publicId,
      preferred_username: person.username,
      client_id: decodeJwt(token)['client_id'],
      scope: 'notes:read',
      subject_issuer: town.publicUrl,
      auth_time: expect.any(Number),
      acr: 'urn:trivet:acr:1fa',
    })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60)
  })

  it('no header of identity beside it, no token of the caller, and nothing that the caller sent in its place', async () => {
    const headers = await seen('/api', {
      ...{ 'X-Trivet-Identity': 'forged', x_trivet_identity: 'forged', 'x-trivet-user': 'u_admin' },
      connection: 'x-trivet-identity, keep-alive',
    })
    expect(Object.values(headers)).not.toContain('forged')
    expect(headers[HEADER]).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
    for (const name of ['authorization', 'x-trivet-user', 'x-trivet-scope']) expect(headers).not.toHaveProperty(name)
  })

  it('is of one upstream: a route has its own audience, or the one that the file names', async () => {
    const named = (await town.tokens(person, await town.app(), { resource: 'https://api.example/named' })).access_token
    expect(decodeJwt((await seen('/named', {}, named))[HEADER] ?? '').aud).toBe('https://api.example/named')
    expect(decodeJwt((await seen('/api'))[HEADER] ?? '').aud).toBe(`${town.publicUrl}/api`)
  })

  it('is empty where nobody had to say who they are, whatever they claim', async () => {
    expect((await seen('/open', { [HEADER]: 'forged' }, undefined))[HEADER]).toBe('')
  })

  it('its key is its own: not in /jwks, and none of /jwks verifies it', async () => {
    const read = async (path: string) => {
      const body = JSON.parse((await town.ask(path)).text) as { keys: { kid: string; d?: string }[] }
      for (const key of body.keys) expect(key).not.toHaveProperty('d')
      return body.keys.map(({ kid }) => kid)
    }
    const [own, tokens] = [await read('/gateway/jwks'), await read('/jwks')]
    expect(own).toHaveLength(1)
    expect(tokens).toHaveLength(2)
    expect(tokens).not.toContain(own[0])
    const { [HEADER]: jwt = '' } = await seen('/api')
    expect(decodeProtectedHeader(jwt).kid).toBe(own[0])
    expect(decodeProtectedHeader(token).kid).not.toBe(own[0])
  })

  it('every process signs with the same key', async () => {
    const there = await town.ask('/api', { token, at: town.second.port })
    const jwt = JSON.parse(there.text).headers[HEADER]
    await jwtVerify(jwt, keys(), { typ: 'trivet-identity+jwt' })
  })

  it('opens nothing here: no route, not /userinfo, not /authorize, not the account', async () => {
    const { [HEADER]: jwt = '' } = await seen('/api')
    const doors = [
      '/api',
      '/plain',
      '/named',
      '/protected/resource',
      '/userinfo',
      '/authorize?client_id=x',
      '/api/account',
    ]
    for (const path of doors) {
      expect([path, (await town.ask(path, { token: jwt })).status]).toEqual([path, 401])
    }
  })
})
