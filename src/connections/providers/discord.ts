import type { ProviderDefinition } from '../provider/definition.ts'
import { discordPicture, readSnowflake } from './discord-account.ts'

const PICTURE_SIZE = 128

/** docs.discord.com/developers/topics/oauth2: OAuth 2.0 without OpenID Connect, refresh tokens that work once. */
export const discord: ProviderDefinition = {
  id: 'discord',
  name: 'Discord',
  verifiedOn: '2026-11-20',
  clientAuth: 'post',
  // `plain` is refused; `S256` works beside a client secret.
  pkce: 'S256',
  scopes: {
    always: ['identify'],
    known: [{ name: 'identify', says: 'see your Discord name, picture and id' }],
    joiner: ' ',
  },
  // "prompt: none" goes straight back when these scopes were granted before; "consent" always asks.
  silent: { params: { prompt: 'none' }, forcedConsent: { prompt: 'consent' } },
  tokens: { refresh: 'rotating' },
  // Reference, "User Agent": without one of this form requests may be blocked.
  userAgent: ({ publicUrl, version }) => `DiscordBot (${publicUrl}, ${version})`,
  // "Invalid Request Limit": "10,000 per 10 minutes", then Cloudflare blocks the address.
  refusalLimit: { most: 10_000, seconds: 600 },
  // "When you revoke a token, any active access or refresh tokens associated with that authorization are revoked."
  revoke: { drops: 'project', authenticated: true, page: 'https://discord.com/settings/authorized-apps' },
  identity: {
    id: (claims) => readSnowflake(claims['id']),
    // Names are not unique; `username` is the one that people sign in by.
    label: (claims) => claims['global_name'] ?? claims['username'],
    picture: (claims, picturesUrl) => picturesUrl && discordPicture(claims, picturesUrl, PICTURE_SIZE),
    pictureHosts: ['cdn.discordapp.com'],
  },
  setup: {
    console: 'https://discord.com/developers/applications',
    steps: [
      'Open the Discord Developer Portal and sign in with the Discord account that the application will belong to.',
      'Press “New Application”, give it a name (people see it on the consent page), accept the terms and press “Create”.',
      'Open “OAuth2” in the menu on the left.',
      'Copy the “Client ID”.',
      'Press “Reset Secret”, confirm it, and copy the client secret: Discord shows it this once.',
      'Under “Redirects” press “Add Redirect” and paste {redirectUri}. Every character counts: http or https, port, no slash at the end.',
      'Press “Save Changes” at the bottom of the page; without that the redirect is not there.',
      'Leave “Public Client” switched off: Trivet keeps a secret.',
      'Put the client ID and the client secret into the file .env beside package.json, as shown below.',
      'Restart Trivet and load this page again: the state at the top says “real”.',
    ],
    settings: ['DISCORD_CLIENT_ID', 'DISCORD_CLIENT_SECRET'],
    notes: [
      {
        heading: 'Only “identify” is asked for',
        text: 'No bot, no server and no e-mail address: the scope “identify” needs no review by Discord. There is nothing to choose under “OAuth2 URL Generator”, “Installation” or “Bot”.',
      },
      {
        heading: 'Refresh tokens work once',
        text: 'Each renewal brings a new refresh token and ends the old one. A copy of the database must not run beside the original, a restored backup for instance: whichever renews first leaves the other with tokens that are of no use.',
      },
      {
        heading: 'Too many refused requests block this server’s address',
        text: 'Discord takes 50 requests in a second, and blocks an address for a while after 10,000 refused ones (401, 403, 429) within 10 minutes. Trivet stays below the first with all its processes together, waits out each pause that Discord asks for, and does not go on with a token that was refused.',
      },
    ],
  },
}
