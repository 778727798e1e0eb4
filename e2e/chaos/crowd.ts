import { createClient } from '../harness/client.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import { carryOut, type Person, type Visit } from './visit.ts'

const PERSONAS = ['ana', 'bob', 'chen'] as const

/** The people who use the product while it is being killed. */
export type Crowd = {
  /** Begins a visit, of somebody connected where that is wanted and there is such a person. */
  send(options?: {
    readonly connected?: boolean
    readonly after?: Promise<unknown>
    readonly mayLeave?: boolean
  }): Visit
  /** Somebody whose account is connected has nothing to do just now. */
  hasConnected(): boolean
  /** Visits that are not over, but for those of people who went away. */
  size(): number
  /** Resolves when all visits are over, but for those of people who went away. */
  settled(): Promise<void>
  /** Those who went away come back; resolves when all is over. */
  allBack(): Promise<void>
}

export function createCrowd(url: string, deps: { readonly random: Random; readonly ledger: Ledger }): Crowd {
  const { random, ledger } = deps
  const people: Person[] = []
  const present = new Set<Promise<void>>()
  const away = new Set<Promise<void>>()
  const end = Promise.withResolvers<void>()
  const idle = () => people.find((person) => person.connected && !person.busy)

  function arrive(): Person {
    const persona = random.pick(PERSONAS)
    const person = { client: createClient(url), persona, known: new Set<string>(), connected: false, busy: false }
    people.push(person)
    return person
  }

  return {
    hasConnected: () => idle() !== undefined,
    send({ connected = false, after = Promise.resolve(), mayLeave = false } = {}) {
      const person = (connected ? idle() : undefined) ?? arrive()
      person.busy = true
      const state = 'reading' as const
      const visit: Visit = { person, breed: '', state, accepted: false, runId: undefined, run: undefined }
      ledger.visits.push(visit)
      const leaves = mayLeave && random.chance(0.25)
      const work = after
        .then(() => carryOut(visit, { random, saw: ledger.saw, ...(leaves ? { comesBack: end.promise } : {}) }))
        .catch((error: unknown) => void ledger.wrong.push(error instanceof Error ? error.message : String(error)))
        .finally(() => {
          person.busy = false
          present.delete(work)
        })
      ;(leaves ? away : present).add(work)
      return visit
    },
    size: () => present.size,
    settled: async () => void (await Promise.all(present)),
    async allBack() {
      end.resolve()
      await Promise.all([...present, ...away])
    },
  }
}
