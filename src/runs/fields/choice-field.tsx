import { Select } from '#ui'
import type { FormField } from '../definition/form.ts'

/** A field for one of several; the first is chosen beforehand. Its input is the `value` of the option. */
export function choiceField<const V extends string>(field: {
  readonly label: string
  readonly hint?: string
  readonly options: readonly { readonly value: V; readonly label: string }[]
}): FormField<V, undefined> {
  const { label, hint, options } = field
  return {
    label,
    ...(hint === undefined ? {} : { hint }),
    load: async () => undefined,
    parse(text = '') {
      const chosen = options.find(({ value }) => value === text)
      if (chosen) return { value: chosen.value }
      return { error: text === '' ? `${label}: choose one.` : `${label}: choose one of the list.` }
    },
    draw: ({ name, text, error }) => (
      <Select id={name} name={name} label={label} hint={hint} error={error} value={text} options={options} />
    ),
  }
}
