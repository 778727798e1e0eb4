import type { FormField } from '#runs'
import { TextInput } from '#ui'

/** A colour as six hex digits, lower case; `''` for none. A `#` in front is taken, too. */
export function colorField(text: { readonly label: string; readonly hint: string }): FormField<string, undefined> {
  return {
    ...text,
    load: async () => undefined,
    parse(typed = '') {
      const digits = typed.trim().replace(/^#/, '').toLowerCase()
      if (digits === '' || /^[0-9a-f]{6}$/.test(digits)) return { value: digits }
      return { error: 'This is no colour: write six hex digits, such as b6e3f4, or nothing.' }
    },
    draw: ({ name, label, hint, text: value, error }) => (
      <TextInput
        id={name}
        name={name}
        label={label}
        hint={hint}
        error={error}
        optional
        value={value}
        placeholder="b6e3f4"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
    ),
  }
}
