import { createLimit, type Limit } from '../limits/index.ts'
import { createAccountEvents } from '../oauth/account-events.ts'
import type { OAuthRealm } from '../oauth/realm.ts'
import { dropOutlived, openOAuthRecords } from '../oauth/records.ts'
import { type Html, html } from '../pages/index.ts'
import type { AskedRefusal, Provider, Refused, Surroundings } from '../provider.ts'
import type { Site } from '../site.ts'
import { registerAccounts } from './accounts.ts'
import { guardCalls } from './api/gate.ts'
import { parseScope, rateHeaders, rateLimited } from './api/rates.ts'
import { registerRevoke } from './api/revoke.ts'
import { registerToken } from './api/token.ts'
import { registerUsers } from './api/users.ts'
import { registerAuthorize } from './authorize/index.ts'
import { registerCdn } from './cdn/index.ts'
import { PERSONAS } from './personas.ts'
import { formatTokens } from './tokens.ts'

const OPERATIONS =
  'authorize signin consent token.exchange token.refresh revoke users.me oauth2.me profile.picture accounts.page accounts.revoke'.split(
    ' ',
  )

const BEHAVIOURS = {
  expire_tokens: ['token.exchange', 'token.refresh'],
  omit_refresh_token: ['token.exchange'],
}

const DAY_MS = 24 * 3600 * 1000

/** The global limit of developers/topics/rate-limits. */
const PER_SECOND = 50

/** A persona's account, by every name that the controls take. */
const ACCOUNTS = new Map(
  PERSONAS.flatMap(({ email, username, snowflake }) =>
    [email, username, snowflake].map((name): [string, string] => [name, snowflake]),
  ),
)

/** Discord's words for a refusal; a rate limit carries the headers of one. */
function refuse(limit: Limit, time: number, { status, reason, retryAfter, asked }: AskedRefusal): Refused {
  const type = 'application/json'
  if (reason === 'unavailable') return { type, body: JSON.stringify({ message: `${status}: Unavailable`, code: 0 }) }
  const { headers, body } = rateLimited(retryAfter, parseScope(asked['scope']))
  const rates = rateHeaders({ limit: limit.perSecond(), remaining: 0, resetAfter: retryAfter }, time)
  return { type, body: JSON.stringify(body), headers: { ...rates, ...headers } }
}

function introduce(site: Site): Html {
  return html`<h2>Discord</h2><p>OAuth 2.0 with refresh tokens that work once, the user object and the pictures under <code>${site.url('/discord')}</code>. Client <code>trivet-sandbox</code>, secret <code>trivet-sandbox-secret</code>, any loopback redirect address. Calls have to say <code>User-Agent: DiscordBot (address, version)</code>, and there may be ${PER_SECOND} a second.</p>
<div class="wide"><table><thead><tr><th scope="col">Person</th><th scope="col">User name</th><th scope="col">Id</th></tr></thead><tbody>${PERSONAS.map(({ globalName, username, snowflake }) => html`<tr><td><bdi>${globalName ?? username}</bdi></td><td>${username}</td><td><code>${snowflake}</code></td></tr>`)}</tbody></table></div>
<p><a class="button" href="${site.path('/discord/accounts')}">See the accounts and who has access</a></p>`
}

/** Sandbox Discord: OAuth 2.0 with rotating refresh tokens, the user object, pictures, limits that hold. */
export function createDiscord(around: Surroundings): Provider {
  const { store, site, now, random } = around
  const records = openOAuthRecords(store, 'discord')
  const limit = createLimit(around, 'discord.limit', PER_SECOND)
  const realm: OAuthRealm = {
    ...around,
    provider: 'discord',
    title: 'Sandbox Discord',
    format: formatTokens(random),
    records,
  }
  records.commit(...dropOutlived(records, now() - DAY_MS))

  return {
    id: 'discord',
    title: 'Discord',
    operations: OPERATIONS,
    behaviours: BEHAVIOURS,
    refuse: (_operation, asked) => refuse(limit, now(), asked),
    async routes(app) {
      registerCdn(app)
      await app.register(async (scope) => registerAuthorize(scope, realm))
      await app.register(async (scope) => registerAccounts(scope, realm))
      await app.register(async (scope) => {
        guardCalls(scope, limit, now)
        registerToken(scope, realm)
        registerRevoke(scope, realm)
        registerUsers(scope, realm)
      })
    },
    events: { ...createAccountEvents(realm, ACCOUNTS), limit: limit.change },
    holdings: () => ({ grants: records.grants.values(), ...limit.holdings() }),
    keeps: [],
    reset: async () => limit.forget(),
    introduce: () => introduce(site),
  }
}
