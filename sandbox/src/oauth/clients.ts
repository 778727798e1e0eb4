/** An app registered at an imitated authorization server. */
export type Client = { id: string; secret: string; name: string }

const CLIENTS: readonly Client[] = [{ id: 'trivet-sandbox', secret: 'trivet-sandbox-secret', name: 'Trivet' }]

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

export function findClient(id: string | undefined): Client | undefined {
  return CLIENTS.find((client) => client.id === id)
}

/**
 * Every plain-http loopback address counts as registered, and the origin the sandbox itself is reached at (mounted behind
 * an app, that is the app). A fragment or user info is refused in any case.
 */
export function isRegistered(redirectUri: string, ownOrigin: string): boolean {
  if (!URL.canParse(redirectUri)) return false
  const { protocol, hostname, origin, username, password } = new URL(redirectUri)
  const isAtHome = (protocol === 'http:' && LOOPBACK.has(hostname)) || origin === ownOrigin
  return isAtHome && !username && !password && !redirectUri.includes('#')
}
