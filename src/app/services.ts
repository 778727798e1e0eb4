import type { ProviderSource } from '#config'

/** Something that mash-ups use without an account of anybody. */
type Service = {
  readonly client: unknown
  /** Where it is somebody else's: what pages call it, and who answers for it. */
  readonly shown?: { readonly name: string; readonly source: ProviderSource }
}

/** Services of mash-ups by the name that their `use` says (`Service` of `#runs`). */
export function createServices(table: Readonly<Record<string, Service>>) {
  const find = (name: string): Service => {
    const service = Object.hasOwn(table, name) ? table[name] : undefined
    if (!service) throw new Error(`There is no service called ${name}`)
    return service
  }
  return {
    client: (name: string) => find(name).client,
    shown: (name: string) => find(name).shown,
  }
}
