/**
 * First segments of addresses that are the server's own: a mash-up of somebody else's may not have its page there. Those
 * whose page is yet to come are taken already, so that a mash-up never has to move.
 */
const RESERVED: ReadonlySet<string> = new Set([
  ...['api', 'assets', 'connect', 'connections', 'setup', 'runs', 'privacy', 'problems'],
  ...['healthz', 'readyz', 'metrics', 'sandbox', '.well-known', '.trivet', 'openapi.json'],
  ...['cats', 'create_cat_request', 'avatars', 'get_avatar', 'show_avatar', 'uploads', 'labs'],
  // The authorization server and the gateway.
  ...['register', 'login', 'logout', 'account', 'client', 'console', 'authorize', 'consent', 'token', 'introspect'],
  ...['revoke', 'userinfo', 'jwks', 'end_session', 'par', 'device', 'device_authorization', 'protected', 'gateway'],
  ...['forgot', 'reset', 'verify-email', 'client-logo', 'playground'],
])

/** Whether the server itself answers at this path, or will. */
export function isReserved(path: string): boolean {
  return RESERVED.has(path.split('/')[1] ?? '')
}
