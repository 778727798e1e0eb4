import type { ProviderDefinition } from '../provider/definition.ts'

/** docs.discord.com/developers/topics/oauth2: OAuth 2.0 without OpenID Connect, refresh tokens that work once. */
export const discord: ProviderDefinition = {
  id: 'discord',
  name: 'Discord',
  verifiedOn: '2026-11-20',
  clientAuth: 'post',
  pkce: 'S256',
  scopes: {
    always: ['identify'],
    known: [{ name: 'identify', says: 'see your Discord name, picture and id' }],
    joiner: ' ',
  },
  tokens: { refresh: 'rotating' },
  // "When you revoke a token, any active access or refresh tokens associated with that authorization are revoked."
  revoke: { drops: 'project', authenticated: true, page: 'https://discord.com/settings/authorized-apps' },
  identity: {
    id: (claims) => claims['id'],
    label: (claims) => claims['global_name'] ?? claims['username'],
    picture: () => undefined,
    pictureHosts: ['cdn.discordapp.com'],
  },
  setup: {
    console: 'https://discord.com/developers/applications',
    steps: ['Open the Discord developer portal and press “New Application”.'],
    settings: ['DISCORD_CLIENT_ID', 'DISCORD_CLIENT_SECRET'],
    notes: [],
  },
}
