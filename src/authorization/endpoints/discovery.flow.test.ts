import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEY_TIMING } from '#crypto'
import { NO_APIS } from '../checks/apis.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { serverMetadata } from './discovery.ts'
import { JWKS_SECONDS } from './jwks.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const NAMES = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']

async function get(path: string) {
  const response = await fetch(rig.publicUrl + path)
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}

/** IANA, "OAuth Authorization Server Metadata" (RFC 8414 §7.1.2), as far as it concerns us. */
const REGISTERED = new Set([
  ...['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'registration_endpoint', 'scopes_supported'],
  ...['response_types_supported', 'response_modes_supported', 'grant_types_supported', 'service_documentation'],
  ...['token_endpoint_auth_methods_supported', 'token_endpoint_auth_signing_alg_values_supported'],
  ...['ui_locales_supported', 'op_policy_uri', 'op_tos_uri', 'revocation_endpoint', 'introspection_endpoint'],
  ...['revocation_endpoint_auth_methods_supported', 'revocation_endpoint_auth_signing_alg_values_supported'],
  ...['introspection_endpoint_auth_methods_supported', 'introspection_endpoint_auth_signing_alg_values_supported'],
  ...['code_challenge_methods_supported', 'authorization_response_iss_parameter_supported'],
  ...['userinfo_endpoint', 'acr_values_supported', 'subject_types_supported', 'id_token_signing_alg_values_supported'],
  ...['display_values_supported', 'claim_types_supported', 'claims_supported', 'claims_parameter_supported'],
  ...['request_parameter_supported', 'request_uri_parameter_supported', 'require_request_uri_registration'],
  ...['end_session_endpoint', 'prompt_values_supported', 'client_id_metadata_document_supported'],
])

describe('metadata (RFC 8414, OpenID Connect Discovery)', () => {
  it('RFC 8414 §3, Discovery §4: at both names, byte for byte the same, as JSON', async () => {
    const [a, b] = await Promise.all(NAMES.map(get))
    expect(a?.status).toBe(200)
    expect(a?.headers.get('content-type')).toMatch(/^application\/json/)
    expect(a?.text).toBe(b?.text)
  })

  it('an MCP client in a browser may ask, with the header that it sends everywhere (MCP 2025-06-18, Protocol Version Header)', async () => {
    for (const path of [...NAMES, '/client', '/token']) {
      const { headers } = await fetch(rig.publicUrl + path, {
        method: 'OPTIONS',
        headers: { 'access-control-request-headers': 'mcp-protocol-version' },
      })
      expect(headers.get('access-control-allow-headers')?.split(', '), path).toContain('mcp-protocol-version')
    }
  })

  it('RFC 8414 §3.3: issuer is exactly the address of this server', async () => {
    expect((await get(NAMES[0] ?? '')).body.issuer).toBe(rig.publicUrl)
  })

  it('RFC 8414 §2, Discovery §3: whatever is required is there; only registered names', async () => {
    const { body } = await get(NAMES[1] ?? '')
    for (const name of [
      ...['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'response_types_supported'],
      ...['subject_types_supported', 'id_token_signing_alg_values_supported', 'userinfo_endpoint'],
    ]) {
      expect(body, name).toHaveProperty(name)
    }
    expect(body.id_token_signing_alg_values_supported).toContain('RS256')
    expect(Object.keys(body).filter((name) => !REGISTERED.has(name))).toEqual([])
  })

  it('nothing is advertised that RFC 9700 or OAuth 2.1 forbid', async () => {
    const { body } = await get(NAMES[0] ?? '')
    expect(body.response_types_supported).toEqual(['code'])
    expect(body.response_modes_supported).not.toContain('fragment')
    expect(body.grant_types_supported).not.toContain('password')
    expect(body.grant_types_supported).not.toContain('implicit')
    expect(body.code_challenge_methods_supported).toEqual(['S256'])
    expect(JSON.stringify(body)).not.toMatch(/"none"\],"(id_token|userinfo)|HS256|"plain"/)
    expect(body.id_token_signing_alg_values_supported).not.toContain('none')
    expect(body.introspection_endpoint_auth_methods_supported).not.toContain('none')
  })

  it('every address in it is there', async () => {
    const { body } = await get(NAMES[0] ?? '')
    const paths = Object.entries<unknown>(body).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
    expect(paths).toHaveLength(8)
    for (const [name, address] of paths) {
      const { status } = await fetch(String(address), { redirect: 'manual' })
      expect(status, name).not.toBe(404)
    }
  })

  it('every grant, response mode, algorithm and scope in it works', async () => {
    const { body } = await get(NAMES[0] ?? '')
    for (const name of body.grant_types_supported) {
      const { body: answer } = await rig.token(await rig.client(), { grant_type: name })
      expect(answer.error, name).not.toBe('unsupported_grant_type')
    }
    for (const alg of body.id_token_signing_alg_values_supported) {
      await rig.tokens(await rig.client({ id_token_signed_response_alg: alg }), { scope: 'openid' })
    }
    const scope = body.scopes_supported.join(' ')
    const made = await rig.tokens(await rig.client(), { scope, prompt: 'consent' })
    expect(made.scope.split(' ').toSorted()).toEqual(body.scopes_supported.toSorted())
  })

  it('pages of any origin may read it', async () => {
    for (const path of [...NAMES, '/jwks']) {
      const { headers } = await get(path)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('cache-control')).toMatch(/^public, max-age=\d+$/)
    }
    const post = await fetch(rig.publicUrl + NAMES[0], { method: 'POST' })
    expect(post.status).toBe(405)
    expect(post.headers.get('allow')).toContain('GET')
  })
})

describe('an issuer with a path', () => {
  it('is in the document as it is, and so are all addresses below it (its places: src/http/base-path.test.ts)', () => {
    const { issuer, ...metadata } = serverMetadata({
      ...{ issuer: 'https://id.example/base', grantTypes: [], clientDocuments: true, apis: NO_APIS },
    })
    expect(issuer).toBe('https://id.example/base')
    const addresses = Object.entries(metadata).filter(([name]) => /_(endpoint|uri)$/.test(name))
    expect(addresses.length).toBeGreaterThan(8)
    for (const [, address] of addresses) expect(address).toMatch(/^https:\/\/id\.example\/base\/\w+$/)
  })
})

describe('GET /jwks (RFC 7517)', () => {
  it('§5, §8.5: a JWK Set of public keys with unique kid', async () => {
    const { status, headers, body } = await get('/jwks')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^application\/jwk-set\+json/)
    expect(Object.keys(body)).toEqual(['keys'])
    expect(new Set(body.keys.map((key: { kid: string }) => key.kid)).size).toBe(body.keys.length)
    for (const key of body.keys) expect(Object.keys(key)).not.toContain('d')
  })

  it('may be kept for much less time than a new key is published before it signs', () => {
    expect(JWKS_SECONDS * 2).toBeLessThan(KEY_TIMING.publishedBeforehand)
  })

  it('shows a new key at once', async () => {
    const before = (await get('/jwks')).body.keys.length
    await rig.signer.rotate('ES256')
    expect((await get('/jwks')).body.keys).toHaveLength(before + 1)
  })
})
