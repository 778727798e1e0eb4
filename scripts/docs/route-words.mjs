// What each address does, in one line. `scripts/docs.mjs` fails when one is missing here, or is here and not there.
/** `METHOD path` → [group, words] */
export const ROUTE_WORDS = {
  'GET /': ['Pages', 'First page: cards of the systems, and your last five runs. `TRIVET_HOME` can name another page.'],
  'GET /cats': [
    'Pages',
    'The form. Filled in from the query (`cat_breed`), or from one of your own runs (`run`). Starts nothing.',
  ],
  'POST /cats/create_cat_request': [
    'Pages',
    'Takes the form (`cat_breed`, `submission`, `csrf`; `account_drive` where there are several accounts). 303 to the run, or to the provider where an account is missing. 422 with the filled form when something is wrong. Without a valid `csrf`: 303 to the filled form.',
  ],
  'GET /cats/create_cat_request': ['Pages', '302 to `/cats`, with the query.'],
  'GET /create_cat_request': ['Pages', '302 to `/cats`, with the query: the address of the document.'],
  'POST /create_cat_request': ['Pages', '308 to `/cats/create_cat_request`.'],
  'GET /cats/breeds/:id.webp': ['Pages', 'A breed’s picture, 320 × 240 WebP, kept by browsers for a day.'],
  'GET /avatars': [
    'Pages',
    'The form, with the drawing. Filled in from the query (`seed`, `style`, `background_color`, `mood`), or from one of your own runs (`run`). Starts nothing.',
  ],
  'POST /avatars/get_avatar': [
    'Pages',
    'Takes the form (the same fields, `submission`, `csrf`; `account_discord` where there are several accounts). 303 to the run, or to Discord. 422 with the filled form when something is wrong. Without a valid `csrf`: 303 to the filled form.',
  ],
  'GET /avatars/get_avatar': ['Pages', '302 to `/avatars`, with the query.'],
  'GET /get_avatar': [
    'Pages',
    '302 to `/avatars`, with the query: the address of the document. With `DISCORD_REDIRECT_PATH=/get_avatar` it also takes Discord’s answers.',
  ],
  'POST /get_avatar': ['Pages', '308 to `/avatars/get_avatar`.'],
  'GET /avatars/preview.svg': [
    'Pages',
    'The drawing of a form (the same fields), made in this process. 400 for a field that is wrong or not known; 429 beyond 120 in 10 seconds from one address.',
  ],
  'POST /avatars/preview': [
    'Pages',
    'The form’s button without JavaScript: 303 back to the filled form, with its drawing.',
  ],
  'GET /avatars/styles/:style.svg': ['Pages', 'What a style looks like, kept by browsers for a day.'],
  'GET /avatars/show_avatar': [
    'Pages',
    'An avatar beside the Discord profile, to be saved or changed: of a run (`run`), or your last one. Without any: 303 to the form. Owner only.',
  ],
  'GET /show_avatar': ['Pages', '302 to `/avatars/show_avatar`, with the query: the address of the document.'],
  'GET /avatars/:run/avatar.svg': [
    'Pages',
    'The avatar of a run, to its owner. `download` in the query saves it instead of showing it.',
  ],
  'GET /avatars/:run/avatar.png': ['Pages', 'The same as PNG, 512 × 512.'],
  'GET /runs': ['Pages', 'Your runs, newest first, at most 100.'],
  'GET /runs/:id': [
    'Pages',
    'A run: steps, progress, what it waits for, its result. Where its mash-up has a result page of its own: 303 there once it has succeeded (a fresh run is waited for up to 800 ms), unless the query says `show=steps`. Owner only; anybody else gets 404.',
  ],
  'POST /runs/:id/cancel': ['Pages', 'Cancels the run. 303 back to it. No effect on a run that is over.'],
  'POST /runs/:id/retry': ['Pages', 'Does a failed run again, from the step that failed. 303 back to it.'],
  'GET /runs/:id/files/:file': [
    'Pages',
    'A file of a run, to its owner. Pictures are shown, everything else is a download.',
  ],
  'GET /connections': ['Pages', 'Accounts you have connected: what each may do, until when, why it stopped.'],
  'POST /connections/:id/disconnect': [
    'Pages',
    'Deletes the connection with its tokens, then revokes at the provider unless somebody else here uses the same account. 303 to `/connections`.',
  ],
  'GET /connections/:id/picture': ['Pages', 'The account’s picture, fetched and made small by this server.'],
  'GET /connect/:provider': [
    'Pages',
    'Shows what would be asked, and a button. Query: `scopes`, `return_to`, `denied_to`, `connection`, `choose_account=yes`.',
  ],
  'POST /connect/:provider': [
    'Pages',
    'Begins to connect an account: 303 to the provider. The same fields, and `csrf`. Scopes that no mash-up declares are refused.',
  ],
  'GET /connect/discord/callback': ['Pages', 'The redirect URI at Discord. Always answers 303, or an error page.'],
  'POST /connect/discord/callback': ['Pages', '303 to the same by GET, with the parameters it knows.'],
  'GET /connect/google/callback': ['Pages', 'The redirect URI. Always answers 303, or an error page.'],
  'POST /connect/google/callback': ['Pages', '303 to the same by GET, with the parameters it knows.'],
  'GET /connect/:provider/outcome/:id': ['Pages', 'How a sign-in went wrong, with Try again. Own browser only.'],
  'GET /setup/:provider': [
    'Pages',
    'How to register a client at the provider: exact redirect URI, named actions, how things stand. Shows no secret.',
  ],
  'GET /register': ['Account', 'The form for a new account.'],
  'POST /register': [
    'Account',
    'Makes an account, from the form or from JSON (`username`, `password`, `email`). JSON: 201 `{"result":"succeeded","user":{"id","username"}}`, 409 when the name is taken, 422 when something is weak or wrong, each `{"result":"failed","error"}`.',
  ],
  'GET /login': [
    'Account',
    'The form to sign in. `return_to` or `interaction` say where it goes on; it names the app of an `interaction`.',
  ],
  'POST /login': [
    'Account',
    'Form: signs in, 303. JSON (`username`, `password`): 200 `{"result":"succeeded","token"}`, a login token of 15 minutes, or 200 `{"result":"failed","token":null}`, in the same time and words whether there is such a user; 429 with `Retry-After` after too many. `error` is `otp_required` where an account asks for a code besides (only after the right password): send it as `otp`; `otp_wrong` when it is. `TRIVET_PASSWORD_API=off` removes the JSON.',
  ],
  'POST /login/:provider': [
    'Account',
    'Signs in with an account at Google or Discord: 303 to the provider. `interaction` and `return_to` as at `/login`. 403 without a valid `csrf`, 503 while the provider has no client.',
  ],
  'GET /login/identity': [
    'Account',
    'For who has come back with an account that nobody here has: a username for a new account, or the way to the one that is there. Ten minutes, in that browser.',
  ],
  'POST /login/identity': [
    'Account',
    'Takes the decision (`create` with `username`, `have_account`, `link`, `cancel`; `identity` names what the page showed). 303 on; 409 or 422 for a name that cannot be had.',
  ],
  'GET /logout': ['Account', 'A button that signs out.'],
  'POST /logout': ['Account', 'Signs out here, and ends login tokens.'],
  'GET /forgot': ['Account', 'Asks for a letter with a link to a new password; or says that no mail is sent.'],
  'POST /forgot': [
    'Account',
    'Takes `email`. 303 to `/forgot?sent=yes`, the same whether anybody has that address, without waiting for the mail server. 429 after three for one address or twenty from one network in an hour.',
  ],
  'GET /reset': [
    'Account',
    'With `token`, the link: exchanges it, once, for a cookie of this browser and answers 303 to `/reset`. Without: the form for the new password. 410 when the link is used or over.',
  ],
  'POST /reset': [
    'Account',
    'Takes `new_password`; ends all sessions, login tokens and what apps hold. 303 to the sign-in: nobody is signed in by it.',
  ],
  'GET /verify-email': [
    'Account',
    'The link of a letter (`token`): a button that confirms the e-mail address, for who is signed in to that very account. Else 303 to the sign-in, and back.',
  ],
  'POST /verify-email': [
    'Account',
    'Confirms the address: `email_verified` is true from then on. 410 when the link is over.',
  ],
  'POST /account/email/verify': ['Account', 'Sends another link to confirm the address. 429 after three in an hour.'],
  'GET /setup/administrator': [
    'Account',
    'The link that the first start prints (`token`): the form for the first administrator. Works once, for an hour; else 410.',
  ],
  'POST /setup/administrator': ['Account', 'Makes the administrator and signs them in.'],
  'GET /account': ['Account', 'What is kept about you: profile, sessions, sign-ins.'],
  'GET /account/confirm': [
    'Account',
    'Asks who is signed in to prove it once more; `return_to` says where it goes on.',
  ],
  'POST /account/confirm': ['Account', 'Takes the proof: 303 on.'],
  'GET /login/code': ['Account', 'Asks for the second of two factors: a code of an app, or a recovery code.'],
  'POST /login/code': ['Account', 'Takes it (`code`), once: signs in, 303. Wrong ones are counted as passwords are.'],
  'POST /login/passkey': ['Account', 'Signs in by a passkey (`credential`), which counts as two factors: 303.'],
  'GET /account/factors': [
    'Account',
    'Passkeys, codes of an app, recovery codes. It and the next ones want a sign-in of the last 5 minutes, else 303 to `/account/confirm`.',
  ],
  'POST /account/factors/passkeys': ['Account', 'Adds a passkey (`credential`, `name`).'],
  'POST /account/factors/passkeys/:id': [
    'Account',
    'Renames it (`name`), or removes it (`remove`) unless it is the last way in.',
  ],
  'POST /account/factors/totp/begin': ['Account', 'Makes a key for an authenticator app.'],
  'GET /account/factors/totp': ['Account', 'That key, as QR code and text, until it is on.'],
  'POST /account/factors/totp': ['Account', 'Turns codes on (`code`), and shows the recovery codes, once.'],
  'POST /account/factors/totp/off': ['Account', 'Turns them off.'],
  'POST /account/factors/recovery-codes': ['Account', 'New recovery codes in place of the earlier ones.'],
  'GET /account/merge': [
    'Account',
    'What this browser’s guest left, for who has signed in as somebody since. 303 on where there is nothing.',
  ],
  'POST /account/merge': [
    'Account',
    'Leaves it (`decision=leave`), or takes all of it along (`all`), or what is ticked (`take`, `item-<id>`), in one transaction. 303.',
  ],
  'GET /account/profile': ['Account', 'The claims that apps may be given, as a form.'],
  'POST /account/profile': ['Account', 'Keeps them.'],
  'GET /account/identities': ['Account', 'Accounts elsewhere with which one signs in here.'],
  'POST /account/identities/:id': [
    'Account',
    'Links one: 303 to the provider, after a sign-in of the last 5 minutes; else 303 to `/account/confirm`.',
  ],
  'POST /account/identities/:id/unlink': [
    'Account',
    'Unlinks one, after a sign-in of the last 5 minutes. Never the last way to sign in. 303 back, `notice` says how it went.',
  ],
  'GET /account/password': [
    'Account',
    'The form for another password; for the first one of who has none, after a sign-in of the last 5 minutes.',
  ],
  'POST /account/password': ['Account', 'Changes it; ends other sessions, login tokens and what apps hold.'],
  'POST /account/sessions/end-others': ['Account', 'Ends all sessions but this one, and login tokens.'],
  'POST /account/sessions/:id/end': ['Account', 'Ends one session.'],
  'GET /account/apps': ['Account', 'Apps that you allowed something, and what; and the ones that you registered.'],
  'POST /account/apps/revoke': ['Account', 'Takes it back: what the app holds ends within 2 seconds.'],
  'GET /account/apps/delete': [
    'Account',
    'Asks once more before an app that you registered is deleted; a fresh sign-in is needed.',
  ],
  'POST /account/apps/delete': ['Account', 'Deletes it, with all that was issued to it.'],
  'GET /account/delete': ['Account', 'Says what goes, and asks for the password; with codes on after a fresh sign-in.'],
  'POST /account/delete': ['Account', 'Deletes the account with everything of it.'],
  'GET /console': ['Console', 'How many users and apps there are, and what was done lately.'],
  'GET /console/users': [
    'Console',
    'Users by name: `search` (part of a name or an e-mail address, or an id), `state` (`online`, `disabled`, `administrator`), `after`.',
  ],
  'GET /console/users/:id': ['Console', 'One user: sessions, apps, sign-ins and attempts.'],
  'POST /console/users/:id/sign-out': [
    'Console',
    'Signs them out everywhere: sessions, login tokens, and what apps hold.',
  ],
  'POST /console/users/:id/disable': ['Console', 'Does the same, and keeps them out. Not one’s own account.'],
  'POST /console/users/:id/enable': ['Console', 'Lets them sign in again.'],
  'POST /console/users/:id/reset-link': [
    'Console',
    'Makes a link for a new password, once, within 15 minutes, and shows it once.',
  ],
  'POST /console/users/:id/remove-codes': [
    'Console',
    'Turns off the codes of an authenticator app, for who has lost it.',
  ],
  'GET /console/clients': [
    'Console',
    'Apps, the newest first: `search` (part of a name, an id or a redirect address), `state` (`verified`, `unverified`, `disabled`), `after`.',
  ],
  'GET /console/clients/new': ['Console', 'The form for an app of nobody here.'],
  'POST /console/clients/new': [
    'Console',
    'Registers it (`name`, `redirect_uris`, `kind`), and shows its secret and registration token once.',
  ],
  'GET /console/client': ['Console', 'One app (`id`).'],
  'POST /console/client/verify': ['Console', 'Vouches for it (`id`), until its registration is changed.'],
  'POST /console/client/unverify': ['Console', 'No longer does.'],
  'POST /console/client/disable': ['Console', 'Switches it off: neither it nor its tokens can do anything.'],
  'POST /console/client/enable': ['Console', 'Switches it on again.'],
  'GET /console/client/delete': ['Console', 'Asks once more.'],
  'POST /console/client/delete': ['Console', 'Deletes it (`id`), with all that was issued to it.'],
  'GET /console/routes': ['Console', 'The routes of the gateway, to look at, and what is wrong with trivet.yaml.'],
  'GET /console/keys': ['Console', 'The keys that sign tokens, with their stages.'],
  'POST /console/keys/rotate': [
    'Console',
    'Publishes a successor (`alg`: `ES256`, `RS256`); with `now=yes` the keys of that kind end at once.',
  ],
  'GET /console/registration-tokens': ['Console', 'Initial access tokens (RFC 7591) that still open something.'],
  'POST /console/registration-tokens': ['Console', 'Makes one (`note`, `uses`, `days`), and shows it once.'],
  'POST /console/registration-tokens/delete': ['Console', 'Ends one (`id`).'],
  'GET /console/audit': [
    'Console',
    'What was done to accounts, apps and keys: `action` (`user.disabled`, or `user` for all that begins so), `actor` and `target` (a username or an id), `before`.',
  ],
  'GET /api/admin/overview': ['Admin API', 'How many users and apps there are.'],
  'GET /api/admin/users': ['Admin API', 'Users by name: `search`, `state`, `after`, `limit`.'],
  'GET /api/admin/users/:id': ['Admin API', 'One user, with sessions, sign-ins and attempts.'],
  'PATCH /api/admin/users/:id': ['Admin API', '`{"is_disabled"}`.'],
  'POST /api/admin/users/:id/reset-link': ['Admin API', '201 `{"url"}`, a link for a new password.'],
  'DELETE /api/admin/users/:id/codes': ['Admin API', 'Turns off their codes: `{"removed"}`.'],
  'DELETE /api/admin/users/:id/sessions': ['Admin API', 'Signs them out everywhere: 204.'],
  'GET /api/admin/clients': ['Admin API', 'Apps, the newest first: `search`, `state`, `after`, `limit`.'],
  'POST /api/admin/clients': ['Admin API', 'Registers an app of nobody here, by the words of RFC 7591: 201.'],
  'GET /api/admin/clients/:id': ['Admin API', 'One app, and whose it is.'],
  'PATCH /api/admin/clients/:id': ['Admin API', '`{"is_verified", "is_disabled"}`, one or both.'],
  'DELETE /api/admin/clients/:id': ['Admin API', 'Deletes it, with all that was issued to it: 204.'],
  'GET /api/admin/routes': [
    'Admin API',
    'The routes of the gateway as they are used now, and what is wrong with trivet.yaml as it stands.',
  ],
  'GET /api/admin/keys': ['Admin API', 'The keys that sign tokens; nothing private.'],
  'POST /api/admin/keys/rotate': [
    'Admin API',
    '`{"alg", "now"}`: publishes a successor; with `now` the keys of that kind end at once.',
  ],
  'GET /api/admin/registration-tokens': ['Admin API', 'Initial access tokens, by the hashes of them.'],
  'POST /api/admin/registration-tokens': [
    'Admin API',
    '`{"note", "uses", "expires_in"}`, all optional: 201 with the token, shown once.',
  ],
  'DELETE /api/admin/registration-tokens/:id': ['Admin API', 'Ends one: 204.'],
  'GET /api/admin/audit': [
    'Admin API',
    'The audit log, the latest first: `action`, `actor`, `target`, `before`, `limit`.',
  ],
  'GET /openapi.json': ['Operations', 'The JSON API of this server as an OpenAPI 3.1 document.'],
  'GET /api/account': ['Account', 'The account as JSON, by session or login token.'],
  'PATCH /api/account': ['Account', 'Changes claims of the profile.'],
  'POST /client': [
    'Authorization server',
    'Registers a client (RFC 7591), for whoever is signed in (session or login token), or as `TRIVET_REGISTRATION` allows. 201 with `client_id`, the secret (shown once) and the registration access token.',
  ],
  'GET /client/:id': ['Authorization server', 'A client’s own metadata (RFC 7592), by its registration access token.'],
  'PUT /client/:id': ['Authorization server', 'Replaces them.'],
  'DELETE /client/:id': ['Authorization server', 'Removes the client: 204.'],
  'GET /client-logo': [
    'Authorization server',
    'The logo of an app (`client_id`), fetched by the server and made small; for people who are signed in.',
  ],
  'GET /authorize': [
    'Authorization server',
    'Authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): 303 to sign-in or consent, then to the client with `code`, `state`, `iss`. With a login token as bearer: the code at once, and with `Accept: application/json` the address in the body as well.',
  ],
  'POST /authorize': ['Authorization server', 'The same parameters in a form: 303 to the same by GET.'],
  'GET /consent': ['Authorization server', 'Who asks, for what, for how long, and where it goes back to.'],
  'POST /consent': ['Authorization server', 'Allow or deny.'],
  'POST /token': [
    'Authorization server',
    'Token endpoint (RFC 6749 §3.2): `authorization_code`, `refresh_token`, `client_credentials`.',
  ],
  'POST /introspect': ['Authorization server', 'RFC 7662, for confidential clients.'],
  'POST /revoke': ['Authorization server', 'RFC 7009.'],
  'GET /userinfo': ['Authorization server', 'Claims about the user of an access token (OpenID Connect Core §5.3).'],
  'POST /userinfo': ['Authorization server', 'The same, with the token in the header or the form.'],
  'GET /jwks': ['Authorization server', 'The public keys.'],
  'GET /end_session': [
    'Authorization server',
    'OpenID Connect RP-Initiated Logout: asks, unless a valid `id_token_hint` of this session makes that needless.',
  ],
  'POST /end_session': ['Authorization server', 'The same by form, and the answer to its question.'],
  'GET /.well-known/openid-configuration': [
    'Authorization server',
    'What the server can do (OpenID Connect Discovery).',
  ],
  'GET /.well-known/oauth-authorization-server': ['Authorization server', 'The same (RFC 8414).'],
  'GET /metrics': [
    'Operations',
    'Counters in the text format of Prometheus, for who shows the token of `METRICS`. Without that setting: 404.',
  ],
  'GET /.well-known/oauth-protected-resource': [
    'Gateway',
    'Protected-resource metadata (RFC 9728) of the route for all of a host of its own: which tokens it takes, and from whom.',
  ],
  'GET /.well-known/oauth-protected-resource/*': ['Gateway', 'The same of the route with that path.'],
  'GET /gateway/jwks': [
    'Gateway',
    'Public keys of the tokens that services behind routes with `identity_headers: jwt` are told by who calls.',
  ],
  'GET /playground': [
    'Pages',
    'A sign-in for an app by hand: each step with its real request, its answer and its curl line. What it shows is of this browser alone, for an hour.',
  ],
  'POST /playground/:step': [
    'Pages',
    'Sends the request of a step (`register`, `login`, `client`, `authorize`, `token`, `jwks`, `userinfo`, `refresh`, `introspect`, `revoke`, `remove`): 303 back to the page, or to `/authorize`.',
  ],
  'GET /playground/callback': ['Pages', 'The redirect URI of the page’s client: 303 to the page.'],
  'POST /playground/forget': ['Pages', 'Deletes what the page keeps.'],
  'GET /privacy': ['Pages', 'What is asked, what is kept, for how long.'],
  'GET /problems': ['Pages', 'Every error code.'],
  'GET /problems/:code': ['Pages', 'One code: where the `type` of a problem document leads.'],
  'GET /api/runs': ['JSON API', 'Your runs, newest first, at most 100.'],
  'GET /api/runs/:id': ['JSON API', 'One run with steps, progress, pause, result or error.'],
  'GET /api/runs/:id/events': [
    'JSON API',
    'Server-sent events `step`, `progress`, `status`. `Last-Event-ID` brings what changed since.',
  ],
  'POST /api/runs/:id/cancel': ['JSON API', '204.'],
  'POST /api/runs/:id/retry': ['JSON API', '202 with `Location`.'],
  'POST /api/mashups/:id/runs': [
    'JSON API',
    'Starts a run with the fields of the form as one JSON object. 202 with `Location`; 409 `connection_required` with `connect_url`; 422 `invalid_input` with `errors`. `Idempotency-Key`: the same key is the same run.',
  ],
  'GET /api/connections': ['JSON API', 'Your connections. No tokens. An empty list for a visitor without a session.'],
  'GET /healthz': ['Operations', '200 while the process answers. Under any host name.'],
  'GET /readyz': [
    'Operations',
    '200 while the database can be reached, else 503; 503 as well once the process was asked to stop. Under any host name.',
  ],
  'GET /assets/:file': [
    'Operations',
    'Style sheet, scripts, icon: a hash in the name, never changing, brotli or gzip.',
  ],
}

/** What is answered before the router, which therefore does not know it. */
export const FRONT_WORDS = {
  'GET /protected/resource': [
    'Gateway',
    'The route that comes with Trivet: a service that tells who called and which headers it got. An access token of this server opens it, or the login token.',
  ],
  'POST /protected/resource': ['Gateway', 'The same, with a body.'],
  'GET /.trivet/sign-in': [
    'Gateway',
    'On the host of a route with `access: session`: begins a sign-in, `return_to` is where it ends. `max_age`, `acr_values` as routes have them.',
  ],
  'GET /.trivet/callback': ['Gateway', 'There: the answer of the authorization server.'],
  'GET /.trivet/sign-out': ['Gateway', 'There: leads to the question whether to sign out of Trivet.'],
  'POST /.trivet/sign-out': ['Gateway', 'There: signs out, of the host and of Trivet; from a page of that host only.'],
  'GET /gateway/auth': [
    'Gateway',
    'For proxies that forward by themselves: may this request go on? 200 with the headers of identity, 401 or 403; for browsers that have to sign in 302, or with `?proxy=nginx` and `?proxy=haproxy` 401 with `Location`. Trusted proxies only (`TRIVET_TRUSTED_PROXIES`).',
  ],
}

export const GROUPS = {
  'Authorization server':
    'tinyoauth. Errors are `{"error","error_description"}` (RFC 6749 §5.2); other methods get 405 with `Allow`.',
  Gateway:
    'Beside these, the routes of `trivet.yaml`: see [gateway.md](gateway.md). Refusals are `application/problem+json`.',
  Account: '',
  Pages: 'HTML for browsers. Every form works without JavaScript.',
  'JSON API': 'By the same session cookie; a POST needs `Content-Type: application/json` where it has a body.',
  Console:
    'For administrators; for everybody else there is nothing here. A POST needs a sign-in of the last 5 minutes, else 303 to `/account/confirm`. See [operate](../how-to/operate.md).',
  'Admin API':
    'The same as JSON, for administrators: by a login token, or by the session with `X-CSRF-Token`. A change needs either of them to be younger than 5 minutes. Others get 401 or 404.',
  Operations: '',
}
