import { describe, expect, it } from 'vitest'
import { Secret } from '#base'
import { createProvider } from '../provider/provider.ts'
import { google } from '../providers/google.ts'
import { exchangeForm, refreshForm, tokenRequest } from './token-request.ts'

const config = {
  source: 'real',
  clientId: 'id with space',
  clientSecret: new Secret('s:ecret&+'),
  issuer: 'https://accounts.example',
  authorizeUrl: 'https://accounts.example/authorize',
  tokenUrl: 'https://token.example:8443/token',
  revokeUrl: 'https://token.example/revoke',
  userinfoUrl: 'https://accounts.example/userinfo',
  apiUrl: 'https://api.example',
  redirectPath: undefined,
} as const
const SELF = { publicUrl: 'https://trivet.example', version: '1.2.3' }
const provider = createProvider(google, config, SELF)

describe('the request to the token endpoint', () => {
  it('sends a refresh with the client’s credentials in the body, to that host alone', () => {
    const request = tokenRequest(provider, refreshForm(new Secret('1//abc')), 'renew')
    expect(Object.fromEntries(new URLSearchParams(String(request.body)))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: '1//abc',
      client_id: 'id with space',
      client_secret: 's:ecret&+',
    })
    expect(request).toMatchObject({ method: 'POST', url: config.tokenUrl, hosts: ['token.example:8443'] })
    expect(request.headers).not.toHaveProperty('authorization')
  })

  it('stays below the 50 s that others wait for a renewal', () => {
    expect(tokenRequest(provider, refreshForm(new Secret('x')), 'renew').timeoutSeconds).toBe(30)
  })

  it('form-encodes both parts of client_secret_basic (RFC 6749 §2.3.1)', () => {
    const basic = createProvider({ ...google, clientAuth: 'basic' }, config, SELF)
    const request = tokenRequest(basic, refreshForm(new Secret('1//abc')), 'renew')
    const encoded = /^Basic (.+)$/.exec(request.headers?.['authorization'] ?? '')?.[1] ?? ''
    expect(Buffer.from(encoded, 'base64').toString()).toBe('id+with+space:s%3Aecret%26%2B')
    expect(String(request.body)).not.toContain('client_secret')
  })

  it('sends the PKCE verifier with the code, unless the provider breaks on it', () => {
    const exchange = { code: new Secret('4/0A'), redirectUri: provider.redirectUri, verifier: new Secret('v') }
    expect(Object.fromEntries(exchangeForm(provider, exchange))).toEqual({
      grant_type: 'authorization_code',
      code: '4/0A',
      redirect_uri: 'https://trivet.example/connect/google/callback',
      code_verifier: 'v',
    })
    const off = createProvider({ ...google, pkce: 'off' }, config, SELF)
    expect(exchangeForm(off, exchange).has('code_verifier')).toBe(false)
  })
})

describe('the redirect URI', () => {
  it('is the path of the settings where there is one, and both paths take answers', () => {
    const known = createProvider(google, { ...config, redirectPath: '/callback' }, SELF)
    expect(known.redirectUri).toBe('https://trivet.example/callback')
    expect(known.callbackPaths).toEqual(['/connect/google/callback', '/callback'])
  })

  it('is registered once when the settings name the usual path', () => {
    const same = createProvider(google, { ...config, redirectPath: '/connect/google/callback' }, SELF)
    expect(same.callbackPaths).toEqual(['/connect/google/callback'])
  })
})
