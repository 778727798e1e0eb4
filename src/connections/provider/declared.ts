import type { ConnectionNeed } from '../connections.ts'
import { problem } from '../errors.ts'
import type { Provider } from './provider.ts'
import { canonicalScopes, missingScopes } from './scopes.ts'

/** Every scope of a provider that something on this server declares, and the provider's own `always`. */
export function declaredScopes(provider: Provider, needs: readonly ConnectionNeed[]): string[] {
  const { definition } = provider
  const own = needs.filter((need) => need.provider === definition.id).flatMap((need) => need.scopes)
  return canonicalScopes(definition, [...definition.scopes.always, ...own])
}

/**
 * Reads the scopes that a visitor's form or link names; none means all that are declared.
 *
 * @throws Problem for one that nothing here declares: else a link from elsewhere could ask for anything.
 */
export function requireDeclared(provider: Provider, needs: readonly ConnectionNeed[], text: string): string[] {
  const declared = declaredScopes(provider, needs)
  const names = text.split(/\s+/).filter((name) => name !== '')
  if (names.length === 0) return declared
  const asked = canonicalScopes(provider.definition, names)
  if (missingScopes(asked, declared).length === 0) return asked
  throw problem('scope_not_declared', 'Start again from the page that needs the account.')
}
