import { problem } from '../errors.ts'
import type { Provider } from './provider.ts'
import type { Registry } from './registry.ts'

/** @throws Problem `provider_unknown` */
export function requireProvider(registry: Registry, id: string): Provider {
  const provider = registry.find(id)
  if (provider) return provider
  throw problem('provider_unknown', 'The page of connections lists the providers of this server.')
}

/** @throws Problem `provider_not_set_up` */
export function requireSetUp(provider: Provider): void {
  if (provider.source !== 'unset') return
  const { name, id } = provider.definition
  throw problem(
    'provider_not_set_up',
    `Whoever runs this server has to give it a ${name} client first: /setup/${id} shows how.`,
  )
}
