// What the settings of trivet.yaml mean, by their path in the schema. The page fails when one has no words, or words no setting.
export const EXAMPLE = `gateway:
  routes:
    - path: /notes
      upstream: http://127.0.0.1:4000
      strip_prefix: true
      scopes:
        GET: notes:read
        POST: notes:read notes:write
      rate_limit: { requests: 100, seconds: 60, per: client }
    - path: /mcp
      upstream: http://127.0.0.1:4001
      scopes: tools
      mcp: true
    - path: /
      host: wiki.example.com
      upstream: http://127.0.0.1:4002
      access: public
  scope_descriptions:
    notes:read: Read your notes
    notes:write: Change your notes
`

export const FILE_WORDS = {
  routes: 'Each is one entry of the list, with the settings below.',
  scope_descriptions: 'What a scope allows, in the words that people read on the consent page.',
}

export const ROUTE_WORDS = {
  path: 'It and everything below it is the route’s; of several the longest wins. No address of Trivet itself. `/` only with a `host` of its own.',
  title: 'What the consent page and the metadata of the resource call it.',
  host: 'A host of its own, with the port where it is not the usual one. Without it the route is on the host of Trivet, where pages of the upstream run without rights (`Content-Security-Policy: sandbox`).',
  methods:
    'The methods it takes; others get 405. `GET` takes `HEAD` as well. Two routes may share a path with different methods.',
  upstream:
    'Where requests go: `http://host:port`, with a path that is put in front. Without it another proxy forwards, and asks at `/gateway/auth`; settings about forwarding are mistakes then.',
  access:
    '`token`: an access token is needed. `session`: a person signs in with their browser; only with a `host` of its own. `public`: nothing is asked.',
  users:
    'With `access: session`: who may come in, by username or id (`u_…`; what begins so is an id). Others get 403. By default everybody with an account.',
  scopes:
    'What a token needs: for all methods (`notes:read notes:write`, or a list), or by method (`GET: notes:read`). All of them are needed.',
  audience:
    'What the token has to be for. Clients get such a token by naming it as `resource` (RFC 8707). By default the public URL; with `mcp` the address of the route.',
  client_credentials:
    'Tokens that an app got for itself, with no person behind them (RFC 6749 §4.4): `verified` takes those of apps that an administrator made or verified, `all` those of any app, `none` none. It is looked at when a token is used, and already when one is asked for with the scopes of the route. Of other issuers `verified` and `all` take what they issue.',
  issuers:
    'Other servers whose access tokens open the route as well. To the upstream their people are `<issuer>#<sub>`, percent-encoded, so that none of them is ever taken for one of Trivet’s.',
  'issuers.issuer': 'The `iss` of its tokens, exactly.',
  'issuers.jwks_uri':
    'Where it publishes its keys (a JWK Set), by https; by http on this very machine only. Asked for every ten minutes, and for a key that is new, at most once a minute.',
  'issuers.audience': 'What its tokens have to be for.',
  'issuers.algorithms': 'What they may be signed with.',
  'issuers.typ':
    'The `typ` of their header, which has to be there then: say `at+jwt` where the issuer follows RFC 9068. By default `at+jwt`, `JWT` or none.',
  strip_prefix: 'Leaves the route’s path out before the upstream is asked: `/notes/1` arrives as `/1`.',
  rewrite: 'Puts this path in the place of the route’s. Not together with `strip_prefix`.',
  identity_headers:
    'How the upstream learns who calls: headers (`true`, or a map with names of your own), a short-lived JWT (`jwt`), or not at all (`false`).',
  rate_limit:
    'How many requests are let through; beyond them 429 with `Retry-After`. One, or a list. Counted in each process: with N of them up to N times as many get through. Also where another proxy forwards.',
  'rate_limit.requests': 'So many …',
  'rate_limit.seconds': '… in so many seconds …',
  'rate_limit.per': '… of one client (of the token), user or address.',
  timeout: 'Seconds for the upstream to begin its answer; then 504. The answer itself may last.',
  retries:
    'How often `GET`, `HEAD` and `OPTIONS` without a body are sent again when no answer began. Nothing else ever is.',
  max_age: 'Seconds: the person has to have signed in so recently, else 401 that says so (RFC 9470).',
  acr_values: 'How the person has to have signed in: one of these (RFC 9470).',
  max_body: 'Bytes, or a number with a unit (`B`, `kB`, `MB`, `GB`). More gets 413.',
  cors: 'For pages of other origins. Never with cookies.',
  'cors.origins': 'Their origins (`https://app.example`), or `*`.',
  mcp: 'It is an MCP server: its audience is its address, and clients of strangers may register while it is there (`TRIVET_REGISTRATION=mcp`).',
}

export const AFTER = `## What a request goes through

In this order: the route (404, 405, and 400 for a path that can be read in more than one way), limits by address (429), the said length of the body (413), the token (400, 401, 403), limits by client and user (429), the upstream (502, 504). Every refusal is \`application/problem+json\` with a code of [problems.md](problems.md) and an \`x-request-id\`, which stands in the log as well.

A path is written in one way before a route is looked for, and goes on as it was written then. Empty, \`.\` and \`..\` segments, \`;\`, \`\\\`, and encoded \`/\`, \`\\\`, \`;\`, \`%\`, \`?\`, \`#\` and control characters are refused. Capitals count: an upstream that takes \`/Admin\` for \`/admin\` needs a route for each, or better a route for everything above.

A token is looked at in the \`Authorization\` header only. In the query, twice, or not of the form \`Bearer …\`: 400. A 401 says in \`WWW-Authenticate\` what is wrong, which scopes are needed and where the metadata of the resource are (RFC 6750, RFC 9728); a 403 which scopes. Signatures that were verified are remembered; everything else is looked at each time. A token that was ended (revoked, its user disabled, its client deleted) is refused within two seconds, in every process, and what it opened ends: [what ends when a token ends](../how-to/protect-an-api.md#what-ends-when-a-token-ends).`

export const SEEN = `## What is seen of it

One line in the log for each request, with method, path (never the query), route, address, client, user, status or problem code, milliseconds, and \`id\`: the \`x-request-id\` of the answer. What went well is written at \`LOG_LEVEL=debug\`, what was refused at \`info\`, what an upstream did wrong at \`warn\`.

With \`METRICS\` set to a token, \`GET /metrics\` tells a Prometheus that shows it (\`authorization: { credentials: … }\`), for each process:

| Metric | Labels | What it counts |
| --- | --- | --- |
| \`trivet_gateway_requests_total\` | \`route\`, \`method\`, \`status\`, \`outcome\` | Requests that are over. Outcomes: \`answered\`, \`refused\`, \`too_large\`, \`failed\` (502, 504), \`broken_off\`, \`ended\` (what opened it was revoked or is over). |
| \`trivet_gateway_refusals_total\` | \`route\`, \`code\` | The gateway’s own answers, by code of [problems.md](problems.md). |
| \`trivet_gateway_request_seconds\` | \`route\` | A histogram, from the head of a request to the end of its answer; streams count with all of their time. |
| \`trivet_gateway_routes\` | | Routes in force. |
| \`trivet_gateway_file_problems\` | | Above 0, \`trivet.yaml\` is wrong and was not taken: worth an alarm. |

Beside these are the usual ones of the process and of Node. \`route\` is empty where no route was found, so that callers make no series of their own.`

export const UPSTREAM = `With \`identity_headers: jwt\` there is one instead, \`x-trivet-identity\`: a JWT of one minute (ES256, \`typ: trivet-identity+jwt\`, \`iss\` the public URL with \`/gateway\`, \`aud\` the audience of the route), with \`sub\`, \`subject_issuer\`, \`preferred_username\`, \`client_id\`, \`scope\`. Its keys are at \`/gateway/jwks\`; no door of Trivet takes it.

What a caller sends under these names never arrives, however it is spelled (\`X_Trivet_User\`), nor do \`Authorization\`, \`DPoP\`, Trivet’s cookies (on the host of Trivet: any cookie), and other names that servers take for who calls (\`X-Forwarded-…\`, \`Remote-User\`, \`X-Auth-Request-…\`). The upstream has to be reachable through the gateway only.

\`X-Forwarded-For\`, \`-Host\`, \`-Proto\` and \`-Prefix\` say who asked for what; \`X-Request-Id\` is the one of the log; \`traceparent\` carries the trace of the caller on, or begins one (W3C Trace Context).`
