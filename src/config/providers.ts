import { Secret } from '#base'
import type { SettingReader } from './reader.ts'
import type { SandboxConfig } from './sandbox.ts'
import type { SettingName } from './settings.ts'
import type { DiceBearConfig, OAuthProviderConfig, ProviderSource, TheCatApiConfig } from './tree.ts'

/** The client that the sandbox knows. No secret: it opens imitations on loopback only. */
const SANDBOX_CLIENT = { id: 'trivet-sandbox', secret: 'trivet-sandbox-secret' }

export function readGoogle(read: SettingReader, sandbox: SandboxConfig): OAuthProviderConfig {
  const client = readClient(read, sandbox, { id: 'GOOGLE_CLIENT_ID', secret: 'GOOGLE_CLIENT_SECRET' })
  const imitated = client.source === 'sandbox'
  const here = `${sandbox.url}/google`
  return {
    ...client,
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

/** docs.discord.com: an unversioned API path is routed to a deprecated version, so v10 is always said. */
export function readDiscord(read: SettingReader, sandbox: SandboxConfig): OAuthProviderConfig {
  const client = readClient(read, sandbox, { id: 'DISCORD_CLIENT_ID', secret: 'DISCORD_CLIENT_SECRET' })
  const imitated = client.source === 'sandbox'
  const here = imitated ? `${sandbox.url}/discord` : 'https://discord.com'
  const apiUrl = read.url('DISCORD_API_URL') ?? `${here}/api/v10`
  return {
    ...client,
    issuer: read.url('DISCORD_ISSUER') ?? (imitated ? `${sandbox.browserUrl}/discord` : here),
    authorizeUrl:
      read.url('DISCORD_AUTHORIZE_URL') ?? `${imitated ? `${sandbox.browserUrl}/discord` : here}/oauth2/authorize`,
    tokenUrl: read.url('DISCORD_TOKEN_URL') ?? `${here}/api/oauth2/token`,
    revokeUrl: read.url('DISCORD_REVOKE_URL') ?? `${here}/api/oauth2/token/revoke`,
    userinfoUrl: `${apiUrl}/users/@me`,
    apiUrl,
    redirectPath: read.path('DISCORD_REDIRECT_PATH'),
    picturesUrl: read.url('DISCORD_CDN_URL') ?? (imitated ? `${here}/cdn` : 'https://cdn.discordapp.com'),
    requestsPerSecond: read.integer('DISCORD_REQUESTS_PER_SECOND', 50, { least: 1, most: 1000 }),
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

/** Asked over HTTP only where somebody named a server, or the sandbox plays Discord; else avatars are drawn here. */
export function readDiceBear(read: SettingReader, sandbox: SandboxConfig, discord: ProviderSource): DiceBearConfig {
  const url = read.url('DICEBEAR_URL')
  if (url !== undefined && !url.endsWith('/10.x')) {
    read.problem(
      'DICEBEAR_URL must end with /10.x, such as https://api.dicebear.com/10.x: other versions have other options, and drop those that they do not know.',
    )
  }
  if (url !== undefined) return { source: 'real', url }
  if (discord === 'sandbox') return { source: 'sandbox', url: `${sandbox.url}/dicebear/10.x` }
  return { source: 'here', url: undefined }
}

function readClient(
  read: SettingReader,
  sandbox: SandboxConfig,
  names: { readonly id: SettingName; readonly secret: SettingName },
): Pick<OAuthProviderConfig, 'source' | 'clientId' | 'clientSecret'> {
  const id = read.text(names.id)
  const secret = read.secret(names.secret)
  if (id !== undefined && secret === undefined)
    read.problem(`${names.id} is set, but ${names.secret} is not: both or neither.`)
  if (id === undefined && secret !== undefined)
    read.problem(`${names.secret} is set, but ${names.id} is not: both or neither.`)
  const source = choose(id !== undefined, sandbox)
  if (source === 'sandbox')
    return { source, clientId: SANDBOX_CLIENT.id, clientSecret: new Secret(SANDBOX_CLIENT.secret) }
  return { source, clientId: id ?? '', clientSecret: secret ?? new Secret('') }
}

function choose(hasCredentials: boolean, sandbox: SandboxConfig): ProviderSource {
  if (sandbox.mode === 'on') return 'sandbox'
  if (hasCredentials) return 'real'
  return sandbox.mode === 'auto' ? 'sandbox' : 'unset'
}
