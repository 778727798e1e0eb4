/** What a setting is, for the reader of `docs/reference/config.md` and for the one who mistyped its name. */
export type SettingInfo = {
  readonly group:
    | 'Server'
    | 'Authorization server'
    | 'Mail'
    | 'Data'
    | 'Network'
    | 'Sandbox'
    | 'Google'
    | 'Discord'
    | 'The Cat API'
    | 'DiceBear'
  /** As a person would say it; absent when the setting has none. */
  readonly default?: string
  readonly secret?: true
  readonly says: string
}

/** Every setting there is. `config` reads no other; an unknown `TRIVET_…` stops the start. */
export const SETTINGS = {
  TRIVET_PUBLIC_URL: {
    group: 'Server',
    default: 'http://localhost:<PORT>',
    says: 'The address people and providers reach Trivet at, and the issuer of its tokens: scheme, host and, if you like, a path (`https://id.example/auth`), no trailing slash. `http:` for loopback only, unless `TRIVET_INSECURE_HTTP=on`.',
  },
  TRIVET_INSECURE_HTTP: {
    group: 'Server',
    default: 'off',
    says: '`on` allows an `http:` public URL on a host that is not loopback. Passwords and cookies then cross the network readable.',
  },
  PORT: { group: 'Server', default: '3000', says: 'Port to listen on.' },
  HOST: { group: 'Server', default: '127.0.0.1', says: 'Address to listen on. A container sets `0.0.0.0`.' },
  TRIVET_HOME: {
    group: 'Server',
    default: 'cards',
    says: 'What `/` shows: `cards`, or the page of one system: `cats` or `avatars`.',
  },
  TRIVET_ROLE: {
    group: 'Server',
    default: 'all',
    says: '`all` serves pages and works on runs, `web` only serves pages, `worker` only works on runs. `--role` says the same.',
  },
  TRIVET_MASHUPS: {
    group: 'Server',
    default: './mashups',
    says: 'Folder with mash-ups of your own: each `.ts` file in it is one. It need not be there.',
  },
  TRIVET_FILE: {
    group: 'Server',
    default: './trivet.yaml',
    says: 'File with the routes of the gateway. It need not be there; changes of it are read while the server runs.',
  },
  TRIVET_REGISTRATION: {
    group: 'Authorization server',
    default: 'mcp',
    says: 'Who may register clients without being signed in: nobody (`off`), whoever has a registration token (`token`), MCP clients while a gateway route is for them (`mcp`), everybody (`open`).',
  },
  TRIVET_PASSWORD_API: {
    group: 'Authorization server',
    default: 'on',
    says: '`off` removes `POST /login` with JSON: signing in is by the page only.',
  },
  TRIVET_DEFAULT_SCOPE: {
    group: 'Authorization server',
    default: 'profile',
    says: 'What a request gets that names no scope, and whose client has no default: names separated by spaces, never `openid` or `offline_access`.',
  },
  TRIVET_CIMD: {
    group: 'Authorization server',
    default: '`on`; `off` when `TRIVET_REGISTRATION` is `off` or `token`',
    says: 'Whether clients are taken that nobody registered and whose `client_id` is the https address of a document about them (OAuth Client ID Metadata Document), as MCP clients have it.',
  },
  TRIVET_APP_SCHEMES: {
    group: 'Authorization server',
    default: 'cursor,vscode,vscode-insiders',
    says: 'Schemes without a dot, separated by commas, that redirect URIs of applications on a device may have (`cursor://…`). Those like `com.example.app:` need no setting.',
  },
  TRIVET_RESOURCES: {
    group: 'Authorization server',
    says: 'Addresses of APIs, separated by commas, that clients may ask tokens for by `resource` (RFC 8707), beside this server and what a client registered as its `default_resource`.',
  },
  SMTP_URL: {
    group: 'Mail',
    secret: true,
    says: 'Where mail is handed in: `smtp://user:password@host:587`, or `smtps://…` for TLS from the first byte. Without it no mail is sent: links are printed to the log with a public URL on loopback, else resetting passwords by mail is off.',
  },
  SMTP_TLS: {
    group: 'Mail',
    default: 'required',
    says: '`optional` sends without TLS where the server of `smtp://…` offers none. On loopback it is always optional.',
  },
  MAIL_FROM: { group: 'Mail', says: 'The sender: `trivet@example.com` or `Trivet <trivet@example.com>`.' },
  LOG_LEVEL: { group: 'Server', default: 'info', says: '`debug`, `info`, `warn`, `error` or `silent`.' },
  METRICS: {
    group: 'Server',
    default: 'off',
    secret: true,
    says: 'A token of at least 20 characters: whoever shows it (`Authorization: Bearer …`) can read `/metrics`, in the text format of Prometheus. `off`: nobody can.',
  },
  TRIVET_STOP_DELAY: {
    group: 'Server',
    default: '`5`; `0` with a public URL on loopback',
    says: 'Seconds between SIGTERM and the moment in which no connection is taken any more. Meanwhile `/readyz` says 503 and everything else is answered: time for a load balancer to look elsewhere.',
  },
  TRIVET_STOP_TIMEOUT: {
    group: 'Server',
    default: '10',
    says: 'Seconds that answers may take to end after that; then their connections are cut off.',
  },
  NODE_ENV: {
    group: 'Server',
    says: '`production` keeps the sandbox from stepping in for providers without credentials.',
  },
  TRIVET_DATA_DIR: {
    group: 'Data',
    default: './.trivet',
    says: 'Where the embedded database, the files, the keys and the sandbox keep their data.',
  },
  DATABASE_URL: {
    group: 'Data',
    secret: true,
    says: 'A PostgreSQL 15 or newer to use instead of the embedded one: `postgresql://user:password@host:port/database`.',
  },
  TRIVET_MASTER_KEY: {
    group: 'Data',
    secret: true,
    default: 'made at the first start, in the data directory, mode 0600',
    says: 'The key that seals provider tokens: `<key id>:<32 bytes as base64url>`; several, separated by commas, the first one seals.',
  },
  STORAGE: { group: 'Data', default: 'disk', says: 'Where files are kept. `disk` is below the data directory.' },
  TRIVET_CACHE_BYTES: {
    group: 'Data',
    default: '268435456',
    says: 'Bytes of disk that the picture cache may use; the least recently used go first.',
  },
  TRIVET_TRUSTED_PROXIES: {
    group: 'Network',
    default: '`loopback`; none with a public URL on loopback',
    says: 'Addresses or networks, separated by commas, whose `X-Forwarded-*` headers are believed.',
  },
  TRIVET_OUTBOUND_ALLOW: {
    group: 'Network',
    says: '`host:port`, separated by commas: private addresses that Trivet may call all the same.',
  },
  TRIVET_SANDBOX: {
    group: 'Sandbox',
    default: 'auto',
    says: '`auto`: a provider without credentials is played by the sandbox, unless `NODE_ENV=production`; `on`: every provider; `off`: none.',
  },
  TRIVET_SANDBOX_PORT: { group: 'Sandbox', default: '3001', says: 'Port of the sandbox, on 127.0.0.1.' },
  TRIVET_SANDBOX_MOUNT: {
    group: 'Sandbox',
    says: 'A path, such as `/sandbox`: the sandbox is reached through the product’s own port. For hosts with one port.',
  },
  TRIVET_SANDBOX_URL: { group: 'Sandbox', says: 'A sandbox that already runs somewhere; none is started then.' },
  GOOGLE_CLIENT_ID: {
    group: 'Google',
    says: 'OAuth client id from the Google Cloud console. `/setup/google` shows the way.',
  },
  GOOGLE_CLIENT_SECRET: { group: 'Google', secret: true, says: 'The secret that belongs to it.' },
  GOOGLE_REDIRECT_PATH: {
    group: 'Google',
    says: 'A further path that takes Google’s answers, for a client already registered with it.',
  },
  GOOGLE_ISSUER: {
    group: 'Google',
    default: 'https://accounts.google.com',
    says: 'Issuer (`iss`) of Google’s ID tokens.',
  },
  GOOGLE_AUTHORIZE_URL: {
    group: 'Google',
    default: 'https://accounts.google.com/o/oauth2/v2/auth',
    says: 'Authorization endpoint.',
  },
  GOOGLE_TOKEN_URL: { group: 'Google', default: 'https://oauth2.googleapis.com/token', says: 'Token endpoint.' },
  GOOGLE_REVOKE_URL: { group: 'Google', default: 'https://oauth2.googleapis.com/revoke', says: 'Revocation endpoint.' },
  GOOGLE_USERINFO_URL: {
    group: 'Google',
    default: 'https://openidconnect.googleapis.com/v1/userinfo',
    says: 'UserInfo endpoint.',
  },
  GOOGLE_API_URL: { group: 'Google', default: 'https://www.googleapis.com', says: 'Base of Drive’s API.' },
  DISCORD_CLIENT_ID: {
    group: 'Discord',
    says: 'OAuth client id from the Discord developer portal. `/setup/discord` shows the way.',
  },
  DISCORD_CLIENT_SECRET: { group: 'Discord', secret: true, says: 'The secret that belongs to it.' },
  DISCORD_REDIRECT_PATH: {
    group: 'Discord',
    says: 'A further path that takes Discord’s answers, for an application already registered with it: `/get_avatar`.',
  },
  DISCORD_ISSUER: {
    group: 'Discord',
    default: 'https://discord.com',
    says: 'What Discord calls itself (`iss`) in its answers.',
  },
  DISCORD_AUTHORIZE_URL: {
    group: 'Discord',
    default: 'https://discord.com/oauth2/authorize',
    says: 'Authorization endpoint.',
  },
  DISCORD_TOKEN_URL: { group: 'Discord', default: 'https://discord.com/api/oauth2/token', says: 'Token endpoint.' },
  DISCORD_REVOKE_URL: {
    group: 'Discord',
    default: 'https://discord.com/api/oauth2/token/revoke',
    says: 'Revocation endpoint.',
  },
  DISCORD_API_URL: { group: 'Discord', default: 'https://discord.com/api/v10', says: 'Base of the API.' },
  DISCORD_CDN_URL: { group: 'Discord', default: 'https://cdn.discordapp.com', says: 'Where profile pictures are.' },
  DISCORD_REQUESTS_PER_SECOND: {
    group: 'Discord',
    default: '50',
    says: 'How many requests Discord takes in a second. All processes on one database together stay below it.',
  },
  THECATAPI_KEY: {
    group: 'The Cat API',
    secret: true,
    says: 'API key; without one pictures come without a breed, and the breed’s own picture is used.',
  },
  THECATAPI_URL: { group: 'The Cat API', default: 'https://api.thecatapi.com/v1', says: 'Base of the API.' },
  DICEBEAR_URL: {
    group: 'DiceBear',
    default: 'none: avatars are drawn in this process',
    says: 'A DiceBear server to ask for avatars, up to its version: `https://api.dicebear.com/10.x`. That public one is for non-commercial use only. While it does not answer, avatars are drawn here.',
  },
} as const satisfies Record<string, SettingInfo>

/** The name of an environment variable that is read. */
export type SettingName = keyof typeof SETTINGS
