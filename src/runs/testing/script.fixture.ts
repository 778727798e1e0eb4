import { type Mashup, mashup } from '../definition/mashup.ts'
import type { StepContext } from '../definition/step.ts'
import { type ParcelClient, parcel, textField, WORDS } from './mashup.fixture.tsx'

export type StepName = 'pack' | 'stamp' | 'send'
type Tools = { readonly context: StepContext; readonly sender: ParcelClient }
type Act = (tools: Tools) => unknown

/**
 * A mash-up with one account and three steps that do what the test says at that moment, and a record of every time one
 * of them was really done.
 */
export function createScript() {
  const done: { step: StepName; key: string; attempt: number }[] = []
  let acts: Partial<Record<StepName, Act>> = {}
  let ending: () => void = () => undefined

  const script = {
    done,
    /** What the steps do from now on; those not named give back their own name. */
    play(next: Partial<Record<StepName, Act>>, end: () => void = () => undefined): void {
      acts = next
      ending = end
      done.length = 0
    },
    /** How often a step was really done. */
    times: (step: StepName) => done.filter((one) => one.step === step).length,
  }

  const declared: Mashup = mashup('parcel', {
    ...WORDS,
    path: '/parcel',
    form: { to: textField('To') },
    connect: { sender: parcel({ scopes: ['parcels'], why: 'to send one parcel' }) },
    use: {},
    steps: ['pack', 'stamp', 'send'],
    async run({ step, sender }) {
      for (const name of ['pack', 'stamp', 'send'] as const) {
        await step(name, (context) => {
          done.push({ step: name, key: context.key, attempt: context.attempt })
          return acts[name]?.({ context, sender }) ?? name
        })
      }
      ending()
      return { title: 'The parcel is on its way' }
    },
  })
  return { ...script, mashup: declared }
}

/** Fails so often, then succeeds. */
export function failing(times: number, error: () => Error, value: unknown = 'done'): Act {
  let left = times
  return () => {
    left -= 1
    if (left >= 0) throw error()
    return value
  }
}
