// What the settings of trivet.yaml mean, by their path in the schema. The page fails when one has no words, or words no setting.
export const EXAMPLE = `gateway:
  routes:
    - path: /notes
      upstream: http://127.0.0.1:4000
      strip_prefix: true
      scopes:
        GET: notes:read
        POST: notes:read notes:write
        DELETE: notes:write
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
    "What a token needs: for all methods (`notes:read notes:write`, or a list), or by method (`GET: notes:read`). All of them are needed. By method, the route takes the methods that are named there, and no others (405); `'*'` stands for all the rest, and `OPTIONS: []` asks for none. A method of `methods` that has none said is a mistake.",
  audience:
    'What the token has to be for. Clients get such a token by naming it as `resource` (RFC 8707). By default the address of the route (public URL and path, or its host and path). A token for the public URL opens a route without `audience` and `mcp` as well where the method needs scopes, and the token has them. One without scopes is what a sign-in gives, so it opens nothing, unless the public URL stands here. The metadata of the route name what stands here; clients that hold them against the address that they called (RFC 9728 §3.3) need the default.',
  client_credentials:
    'Tokens that an app got for itself, with no person behind them (RFC 6749 §4.4): `verified` takes those of apps that an administrator made or verified, `all` those of any app, `none` none. It is looked at when a token is used, and already when one is asked for with the scopes of the route. Of other issuers `verified` and `all` take what they issue; `none` keeps out what they mark as a client’s own: `sub` is the client (RFC 9068), `gty`, `…@clients` (Auth0), `idtyp`, `oid` equal to `sub` (Microsoft), `service-account-…` (Keycloak), or neither a client nor a sign-in is named. An issuer that marks them in another way has to be kept out by scopes.',
  issuers:
    'Other servers whose access tokens open the route as well. To the upstream their people are `<issuer>#<sub>`, percent-encoded, so that none of them is ever taken for one of Trivet’s.',
  'issuers.issuer': 'The `iss` of its tokens, exactly.',
  'issuers.jwks_uri':
    'Where it publishes its keys (a JWK Set), by https; by http on this very machine only. What is on this machine or in a private network is asked only when `TRIVET_OUTBOUND_ALLOW` names its host and port. Asked for every ten minutes, and for a key that is new, at most once a minute. Keys that cannot be used are left out. While none can be had, tokens are answered 503 with `Retry-After`, and it is tried again every 5 seconds.',
  'issuers.audience':
    'What its tokens have to be for: the API. Never the id of a client, which is what ID tokens are for. For two audiences name the issuer twice.',
  'issuers.algorithms': 'What they may be signed with.',
  'issuers.typ':
    'The `typ` of their header, which has to be there then: say `at+jwt` where the issuer follows RFC 9068. By default `at+jwt`, `JWT` or none. Worth saying: without it ID tokens and logout tokens are told apart by their claims only (`nonce`, `at_hash`, `c_hash`, `s_hash`, `events`, Keycloak’s `typ`).',
  strip_prefix: 'Leaves the route’s path out before the upstream is asked: `/notes/1` arrives as `/1`.',
  rewrite: 'Puts this path in the place of the route’s. Not together with `strip_prefix`.',
  identity_headers:
    'How the upstream learns who calls: headers (`true`, or a map with names of your own), a short-lived JWT (`jwt`), or not at all (`false`).',
  rate_limit:
    'How many requests are let through; beyond them 429 with `Retry-After`. One, or a list. Counted in each process: with N of them up to N times as many get through. Routes that share a path count apart; other figures in the file begin anew. Also where another proxy forwards.',
  'rate_limit.requests': 'So many …',
  'rate_limit.seconds': '… in so many seconds …',
  'rate_limit.per': '… of one client (of the token), user or address: IPv4, or the /64 of IPv6.',
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

A path is written in one way before a route is looked for, and goes on as it was written then. Empty, \`.\` and \`..\` segments, \`;\`, \`\\\`, and encoded \`/\`, \`\\\`, \`;\`, \`%\`, \`?\`, \`#\` and control characters are refused, and what is no UTF-8: 400, on Trivet’s own host 404. \`TRACE\` is 405. Capitals count: an upstream that takes \`/Admin\` for \`/admin\` needs a route for each, or better a route for everything above. So does one that leaves out a dot or a space at the end (\`/admin.\`, \`/admin%20\`: Windows).

The only change of protocol is a WebSocket’s: \`GET\` without a body, with \`Upgrade: websocket\` and nothing beside it, at a route with an upstream. Every other \`Upgrade\`, such as the \`h2c\` that Java and \`curl --http2\` offer, is left out, and the request goes on as it is (RFC 9110 §7.8). Two \`Host\` headers are 400, a \`Transfer-Encoding\` other than \`chunked\` 501.

A token is looked at in the \`Authorization\` header only, and at routes with \`access: token\` only. There, in the query, twice, or not of the form \`Bearer …\`: 400. On \`public\` and \`session\` routes a query is the upstream’s, whatever stands in it. A 401 says in \`WWW-Authenticate\` what is wrong, which scopes are needed and where the metadata of the resource are (RFC 6750, RFC 9728); a 403 which scopes. What comes back from such routes is for the caller: \`public\` and \`s-maxage\` are taken out of \`Cache-Control\`, \`private\` is put in, \`CDN-Cache-Control\`, \`Surrogate-Control\` and \`X-Accel-Expires\` are left out, and \`Vary\` names \`Authorization\` or \`Cookie\`. A whole \`Location\` that names the upstream leads to the route instead. Signatures that were verified are remembered; everything else is looked at each time. A token that was ended (revoked, its user disabled, its client deleted) is refused within two seconds, in every process, and what it opened ends: [what ends when a token ends](../how-to/protect-an-api.md#what-ends-when-a-token-ends).`

export const SEEN = `## What is seen of it

One line in the log for each request, with method, path (never the query), route, address, client, user, status or problem code with its \`reason\` (the \`detail\` that the caller got), milliseconds, and \`id\`: the \`x-request-id\` of the answer. What went well is written at \`LOG_LEVEL=debug\`, what was refused at \`info\`, what an upstream did wrong at \`warn\`.

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

What a caller sends under these names never arrives, however it is spelled (\`X_Trivet_User\`), nor do \`Authorization\`, \`DPoP\`, Trivet’s cookies (on the host of Trivet: any cookie), and other names that servers take for who calls or what was asked for (\`X-Forwarded-…\`, \`Remote-User\`, \`X-Auth-Request-…\`, \`X-Client-Cert\`, \`Script-Name\`). Nor does any name with other characters than letters, digits and \`-\`: servers that make variables of names take \`SCRIPT_NAME\` for their own. The upstream has to be reachable through the gateway only.

\`X-Forwarded-For\`, \`-Host\`, \`-Proto\` and \`-Prefix\` say who asked for what; \`X-Request-Id\` is the one of the log; \`traceparent\` carries the trace of the caller on, or begins one (W3C Trace Context).`
