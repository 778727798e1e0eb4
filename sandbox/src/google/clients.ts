/** An app registered at Sandbox Google. */
export type Client = { id: string; secret: string; name: string }

export const CLIENTS: readonly Client[] = [{ id: 'trivet-sandbox', secret: 'trivet-sandbox-secret', name: 'Trivet' }]

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

export function findClient(id: string | undefined): Client | undefined {
  return CLIENTS.find((client) => client.id === id)
}

/** Every plain-http loopback address counts as registered; Google refuses a fragment or user info in any case. */
export function isRegistered(redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false
  const { protocol, hostname, username, password } = new URL(redirectUri)
  return protocol === 'http:' && LOOPBACK.has(hostname) && !username && !password && !redirectUri.includes('#')
}
