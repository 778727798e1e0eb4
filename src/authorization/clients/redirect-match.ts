import type { Client } from './client.ts'

/** `http:` to a program on the same machine; `localhost` by our policy, since MCP clients listen there (facts of MCP §3.2). */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9]\d{0,4}))?([/?].*)?$/
const MOST_PORT = 65_535

/**
 * Whether a presented redirect URI is a registered one: the same text (RFC 9700 §4.1.3, RFC 3986 §6.2.1), the port of
 * loopback addresses apart (RFC 8252 §7.3). Nothing is decoded or normalised, so that there is nothing to get around.
 */
export function matchRedirectUri(client: Pick<Client, 'redirectUris'>, uri: string): boolean {
  return client.redirectUris.some((registered) => registered === uri || isSameLoopback(registered, uri))
}

function isSameLoopback(registered: string, presented: string): boolean {
  const [, host, , rest] = LOOPBACK.exec(registered) ?? []
  const [, presentedHost, port, presentedRest] = LOOPBACK.exec(presented) ?? []
  if (host === undefined || host !== presentedHost) return false
  return rest === presentedRest && (port === undefined || Number(port) <= MOST_PORT)
}
