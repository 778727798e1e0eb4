import fc from 'fast-check'

/** What must come back from nowhere, wherever it was sent as a secret. */
export const PLANTED = 'planted-secret-0123456789-abcdefghijklmnop'

/** Whoever echoes these without a second thought, or hands them on to a database, a header or a path, breaks. */
const ODD = [
  '',
  ' ',
  '\0',
  '%00',
  '\ud800',
  'be\udc00ng',
  '%',
  '%zz',
  '\r\nX-Injected: yes',
  '"',
  '\\',
  '<script>alert(1)</script>',
  "'; drop table trivet.user_account; --",
  '__proto__',
  'constructor',
  'toString',
  '../../../etc/passwd',
  '{"id_token":{"__proto__":{"value":1}}}',
  '[]',
  'null',
  'true',
  'NaN',
  '-1',
  '9'.repeat(40),
  '1e999',
  'x'.repeat(6000),
  '[a-'.repeat(1000),
  'https://evil.example/cb',
  '//evil.example/',
  '/\\evil.example',
  'javascript:alert(1)',
  'none login',
  'openid openid profile',
  'ſ\u212a',
  'ａｄｍｉｎ',
  '😀'.repeat(300),
  '\u202e\u0007\u007f',
  '0'.repeat(22),
  'a'.repeat(43),
  '01a1f863-ebea-78a6-afd2-9ede2a2f6044',
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1X3gifQ.',
  'a.b.c',
]

export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.webUrl() },
)

const DEEP = 10_000
const deepJson = fc.constantFrom('['.repeat(DEEP) + ']'.repeat(DEEP), `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`)

/** Bodies that are no answer to anything. */
export const oddBody: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.json({ maxDepth: 4 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('', '{', '{"a":1,"a":2}', '{"__proto__":{"isAdmin":true}}', '[1]', 'a=%ED%A0%80'),
  },
  { weight: 2, arbitrary: oddText },
  { weight: 1, arbitrary: deepJson },
  { weight: 1, arbitrary: fc.constantFrom('a=b&'.repeat(3000), `x=${'y'.repeat(70_000)}`) },
)

/** Form and JSON members that some address reads; `toString` and its like that none should. */
export const NAMES = [
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'prompt', 'max_age'],
  ...['claims', 'code_challenge', 'code_challenge_method', 'login_hint', 'id_token_hint', 'acr_values', 'resource'],
  ...['request', 'request_uri', 'interaction', 'login', 'decision', 'csrf', 'grant_type', 'code', 'code_verifier'],
  ...['refresh_token', 'client_secret', 'client_assertion', 'client_assertion_type', 'token', 'token_type_hint'],
  ...['access_token', 'iss', 'error', 'redirect_uris', 'post_logout_redirect_uri', 'post_logout_redirect_uris'],
  ...['client_name', 'logo_uri', 'client_uri', 'jwks', 'jwks_uri', 'contacts', 'application_type', 'default_resource'],
  ...['token_endpoint_auth_method', 'require_pkce', 'profile', 'grant_types', 'response_types', 'consent_required'],
  ...['username', 'password', 'current_password', 'new_password', 'email', 'otp', 'return_to', 'cancel', 'notice'],
  ...['name', 'given_name', 'address', 'address.country', 'birthdate', 'picture', 'zoneinfo', 'locale', 'website'],
  ...['cat_breed', 'seed', 'style', 'background_color', 'mood', 'submission', 'run', 'account_drive', 'show'],
  ...['scopes', 'denied_to', 'connection', 'choose_account', 'provider', 'download', 'by', 'q', 'before', 'action'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a[b]', ''],
]
/** What is typed or sent here is nobody's to see. */
export const SECRET_NAMES = [
  ...['password', 'current_password', 'new_password', 'client_secret', 'code_verifier', 'refresh_token'],
  ...['access_token', 'token', 'client_assertion', 'otp', 'csrf'],
]
