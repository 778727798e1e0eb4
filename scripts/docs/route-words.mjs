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
  'GET /readyz': ['Operations', '200 while the database can be reached, else 503. Under any host name.'],
  'GET /assets/:file': [
    'Operations',
    'Style sheet, scripts, icon: a hash in the name, never changing, brotli or gzip.',
  ],
}

export const GROUPS = {
  Pages: 'HTML for browsers. Every form works without JavaScript.',
  'JSON API': 'By the same session cookie; a POST needs `Content-Type: application/json` where it has a body.',
  Operations: '',
}
