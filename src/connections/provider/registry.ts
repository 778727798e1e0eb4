import type { Config } from '#config'
import { discord } from '../providers/discord.ts'
import { google } from '../providers/google.ts'
import type { ProviderDefinition, Self } from './definition.ts'
import { createProvider, type Provider } from './provider.ts'

type ProviderId = keyof Config['providers']

/** Every provider. A new one is a file in `providers/`, its settings, and a line here. */
const DEFINITIONS: Readonly<Record<ProviderId, ProviderDefinition>> = { google, discord }

export type Registry = {
  readonly all: readonly Provider[]
  find(id: string): Provider | undefined
}

export function createRegistry(providers: Config['providers'], self: Self): Registry {
  const ids = Object.keys(DEFINITIONS) as ProviderId[]
  const all = ids.map((id) => createProvider(DEFINITIONS[id], providers[id], self))
  return { all, find: (id) => all.find((provider) => provider.definition.id === id) }
}
