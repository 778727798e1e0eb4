import { Secret } from '#base'
import type { SettingReader } from './reader.ts'
import type { SandboxConfig } from './sandbox.ts'
import type { OAuthProviderConfig, ProviderSource, TheCatApiConfig } from './tree.ts'

/** The client that the sandbox knows. No secret: it opens imitations on loopback only. */
const SANDBOX_CLIENT = { id: 'trivet-sandbox', secret: 'trivet-sandbox-secret' }

export function readGoogle(read: SettingReader, sandbox: SandboxConfig): OAuthProviderConfig {
  const id = read.text('GOOGLE_CLIENT_ID')
  const secret = read.secret('GOOGLE_CLIENT_SECRET')
  if (id !== undefined && secret === undefined)
    read.problem('GOOGLE_CLIENT_ID is set, but GOOGLE_CLIENT_SECRET is not: both or neither.')
  if (id === undefined && secret !== undefined)
    read.problem('GOOGLE_CLIENT_SECRET is set, but GOOGLE_CLIENT_ID is not: both or neither.')
  const source = choose(id !== undefined, sandbox)
  const imitated = source === 'sandbox'
  const here = `${sandbox.url}/google`
  return {
    source,
    clientId: imitated ? SANDBOX_CLIENT.id : (id ?? ''),
    clientSecret: imitated ? new Secret(SANDBOX_CLIENT.secret) : (secret ?? new Secret('')),
    issuer: read.url('GOOGLE_ISSUER') ?? (imitated ? `${sandbox.browserUrl}/google` : 'https://accounts.google.com'),
    authorizeUrl:
      read.url('GOOGLE_AUTHORIZE_URL') ??
      (imitated ? `${sandbox.browserUrl}/google/o/oauth2/v2/auth` : 'https://accounts.google.com/o/oauth2/v2/auth'),
    tokenUrl: read.url('GOOGLE_TOKEN_URL') ?? (imitated ? `${here}/token` : 'https://oauth2.googleapis.com/token'),
    revokeUrl: read.url('GOOGLE_REVOKE_URL') ?? (imitated ? `${here}/revoke` : 'https://oauth2.googleapis.com/revoke'),
    userinfoUrl:
      read.url('GOOGLE_USERINFO_URL') ??
      (imitated ? `${here}/v1/userinfo` : 'https://openidconnect.googleapis.com/v1/userinfo'),
    apiUrl: read.url('GOOGLE_API_URL') ?? (imitated ? here : 'https://www.googleapis.com'),
    redirectPath: read.path('GOOGLE_REDIRECT_PATH'),
  }
}

/** The Cat API answers without a key, so it is `real` wherever the sandbox does not step in. */
export function readTheCatApi(read: SettingReader, sandbox: SandboxConfig): TheCatApiConfig {
  const key = read.secret('THECATAPI_KEY')
  const url = read.url('THECATAPI_URL')
  const source = url === undefined ? choose(key !== undefined, sandbox) : 'real'
  if (source === 'sandbox')
    return { source, url: `${sandbox.url}/thecatapi/v1`, key: new Secret(SANDBOX_CLIENT.secret) }
  return { source: 'real', url: url ?? 'https://api.thecatapi.com/v1', key }
}

function choose(hasCredentials: boolean, sandbox: SandboxConfig): ProviderSource {
  if (sandbox.mode === 'on') return 'sandbox'
  if (hasCredentials) return 'real'
  return sandbox.mode === 'auto' ? 'sandbox' : 'unset'
}
