import type { Refusal } from './who.ts'

/** `WWW-Authenticate` of a refusal (RFC 6750 §3, RFC 9728 §5.1, RFC 9470 §3). */
export function challenge(
  refusal: Refusal,
  about: { readonly metadataUrl: string; readonly scopes: readonly string[] },
) {
  const { error, description, members = {}, scopes = about.scopes } = refusal
  const parameters: Readonly<Record<string, string>> = {
    realm: 'trivet',
    ...(error === undefined ? {} : { error, error_description: description }),
    // MCP clients ask for what stands here, all of it at once, also with the first challenge.
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...members,
    resource_metadata: about.metadataUrl,
  }
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
  return `Bearer ${pairs.join(', ')}`
}
