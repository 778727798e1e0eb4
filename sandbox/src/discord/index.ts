import { createWindow } from '../limits/window.ts'
import { createAccountEvents } from '../oauth/account-events.ts'
import type { OAuthRealm } from '../oauth/realm.ts'
import { dropOutlived, openOAuthRecords } from '../oauth/records.ts'
import { html } from '../pages/index.ts'
import type { Provider, Surroundings } from '../provider.ts'
import { guardCalls } from './api/gate.ts'
import { registerRevoke } from './api/revoke.ts'
import { registerToken } from './api/token.ts'
import { registerUsers } from './api/users.ts'
import { registerAuthorize } from './authorize/index.ts'
import { registerCdn } from './cdn/index.ts'
import { PERSONAS } from './personas.ts'
import { formatTokens } from './tokens.ts'

const OPERATIONS =
  'authorize signin consent token.exchange token.refresh revoke users.me oauth2.me profile.picture'.split(' ')

const BEHAVIOURS = {
  expire_tokens: ['token.exchange', 'token.refresh'],
  omit_refresh_token: ['token.exchange'],
}

const DAY_MS = 24 * 3600 * 1000

/** Sandbox Discord: OAuth 2.0 with rotating refresh tokens, the user object, the pictures, real rate limits. */
export function createDiscord(around: Surroundings): Provider {
  const { store, site, now, random } = around
  const records = openOAuthRecords(store, 'discord')
  const realm: OAuthRealm = {
    ...around,
    provider: 'discord',
    title: 'Sandbox Discord',
    format: formatTokens(random),
    records,
  }
  const window = createWindow(now, () => 50)
  records.commit(...dropOutlived(records, now() - DAY_MS))

  return {
    id: 'discord',
    title: 'Discord',
    operations: OPERATIONS,
    behaviours: BEHAVIOURS,
    refuse: (_operation, { status, reason }) => ({
      type: 'application/json',
      body: JSON.stringify({ message: reason === 'rate_limit' ? 'You are being rate limited.' : `${status}`, code: 0 }),
    }),
    async routes(app) {
      registerCdn(app)
      await app.register(async (scope) => registerAuthorize(scope, realm))
      await app.register(async (scope) => {
        guardCalls(scope, window, now)
        registerToken(scope, realm)
        registerRevoke(scope, realm)
        registerUsers(scope, realm)
      })
    },
    events: createAccountEvents(
      realm,
      new Map(
        PERSONAS.flatMap(({ email, username, snowflake }) =>
          [email, username, snowflake].map((name) => [name, snowflake]),
        ),
      ),
    ),
    holdings: () => ({ grants: records.grants.values(), ...window.counts() }),
    keeps: [],
    reset: async () => window.forget(),
    introduce: () => html`<h2>Discord</h2><p>OAuth 2.0 under <code>${site.url('/discord')}</code>.</p>`,
  }
}
