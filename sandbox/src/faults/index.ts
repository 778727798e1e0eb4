import type { Store } from '../state/index.ts'
import { type Catalogue, type Fault, parseFault, TRANSPORT_KINDS } from './fault.ts'

export { BadFault, type Fault } from './fault.ts'

export type Faults = {
  /** Adds the fault a `POST /faults` body describes. @throws BadFault */
  add(body: unknown): Fault
  list(): Fault[]
  clear(id?: string): void
  /** The transport faults that hit this request; each use counts. */
  takeTransport(provider: string, operation: string): Fault[]
  /** The behaviour of this kind that hits this request, if one was asked for; a use counts when `applies` says so. */
  take(provider: string, operation: string, kind: string, applies?: (fault: Fault) => boolean): Fault | undefined
}

const isSpent = (fault: Fault) => fault.times > 0 && fault.met >= fault.after + fault.times

/** Faults and how often they have struck are rows of the store: a killed sandbox goes on misbehaving. */
export function createFaults(store: Store, catalogue: Catalogue, newId: () => string): Faults {
  const table = store.table<Fault>('fault')

  function meet(matching: Fault[]): Fault[] {
    const met = matching.map((fault) => ({ ...fault, met: fault.met + 1 }))
    store.commit(...met.map((fault) => table.put(fault.id, fault)))
    return met.filter((fault) => fault.met > fault.after)
  }

  const armed = (provider: string, operation: string) =>
    table.values().filter((fault) => fault.provider === provider && fault.on.includes(operation) && !isSpent(fault))

  return {
    add(body) {
      const fault = parseFault(body, catalogue, newId())
      store.commit(table.put(fault.id, fault))
      return fault
    },
    list: () => table.values(),
    clear(id) {
      const gone = table.values().filter((fault) => id === undefined || fault.id === id)
      store.commit(...gone.map((fault) => table.drop(fault.id)))
    },
    takeTransport(provider, operation) {
      return meet(armed(provider, operation).filter(({ kind }) => TRANSPORT_KINDS.some((known) => known === kind)))
    },
    take(provider, operation, kind, applies = () => true) {
      const first = armed(provider, operation).find((fault) => fault.kind === kind && applies(fault))
      return first && meet([first])[0]
    },
  }
}
