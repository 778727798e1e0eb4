import type { ProviderDefinition, ScopeFacts } from './definition.ts'

/** Scopes by the names that the provider answers with, sorted, each once: so they compare as sets. */
export function canonicalScopes(definition: ProviderDefinition, scopes: readonly string[]): string[] {
  return [...new Set(scopes.map((scope) => find(definition, scope)?.name ?? scope))].sort()
}

/** What is asked for to satisfy a need: the scopes themselves and the provider's own `always`. */
export function requestedScopes(definition: ProviderDefinition, scopes: readonly string[]): string[] {
  return canonicalScopes(definition, [...definition.scopes.always, ...scopes])
}

/** The `scope` parameter; `openid` first, as OpenID Connect providers expect it. */
export function wireScopes(definition: ProviderDefinition, canonical: readonly string[]): string {
  const names = canonical.map((scope) => find(definition, scope)?.wire ?? scope)
  const order = [...names].sort((a, b) => rank(definition, a) - rank(definition, b))
  return order.join(definition.scopes.joiner)
}

/** Reads the `scope` of an answer. Spaces always separate (RFC 6749 §3.3), the provider's own joiner as well. */
export function parseScopes(definition: ProviderDefinition, text: string): string[] {
  const parts = text.split(' ').flatMap((part) => part.split(definition.scopes.joiner))
  return canonicalScopes(
    definition,
    parts.filter((part) => part !== ''),
  )
}

export function missingScopes(needed: readonly string[], granted: readonly string[]): string[] {
  return needed.filter((scope) => !granted.includes(scope))
}

/** What a scope allows, in plain words; an unknown one by its name. */
export function describeScope(definition: ProviderDefinition, scope: string): string {
  return find(definition, scope)?.says ?? scope
}

function find(definition: ProviderDefinition, scope: string): ScopeFacts | undefined {
  return definition.scopes.known.find(
    (known) => known.name === scope || known.wire === scope || known.also?.includes(scope),
  )
}

function rank(definition: ProviderDefinition, wire: string): number {
  const index = definition.scopes.always.indexOf(wire)
  return index === -1 ? definition.scopes.always.length : index
}
