import type { AccountHandle } from '#connections'
import type { ClientTools, Connector } from '../definition/connector.ts'
import type { FormField } from '../definition/form.ts'
import { type Mashup, mashup } from '../definition/mashup.ts'
import type { Step } from '../definition/step.ts'

/** What every declaration says and no test looks at. */
export const WORDS = {
  title: 'A parcel for you',
  summary: 'Sends a parcel.',
  action: 'send_parcel',
  rootAction: true,
  submit: 'Send the parcel',
  running: 'Sending your parcel',
  again: 'Send another parcel',
} as const

export type ParcelClient = { readonly account: AccountHandle; readonly tools: ClientTools }

/** An account at the provider of `accounts.fixture.ts`; its client is the handle itself. */
export function parcel(need: { readonly scopes: readonly string[]; readonly why: string }): Connector<ParcelClient> {
  return { ...need, provider: 'parcel', client: (account, tools) => ({ account, tools }) }
}

/** A field that takes any text but an empty one, and "bad". */
export function textField(label: string): FormField<string, undefined> {
  return {
    label,
    load: async () => undefined,
    parse(text) {
      if (text === undefined || text === '') return { error: `${label} is missing.` }
      return text === 'bad' ? { error: `${label} cannot be "bad".` } : { value: text }
    },
    draw: ({ name, text, error }) => <input name={name} value={text} data-error={error} />,
  }
}

/** A mash-up without form and accounts: its steps are all there is. */
export function steps(id: string, names: readonly string[], run: (step: Step) => Promise<unknown>): Mashup {
  return mashup(id, {
    ...WORDS,
    path: `/${id}`,
    action: `send_${id}`,
    form: {},
    connect: {},
    use: {},
    steps: names,
    async run({ step }) {
      await run(step)
      return { title: `${id} is done` }
    },
  })
}
