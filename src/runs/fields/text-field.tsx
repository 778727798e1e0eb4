import { isStorableText } from '#base'
import { TextInput } from '#ui'
import type { FormField } from '../definition/form.ts'

const MOST_CHARACTERS = 200

/**
 * A field for a line of text; spaces around it are dropped.
 *
 * @param field.optional may be left empty, which gives `''`
 * @param field.most characters (Unicode code points); 200 unless told
 * @param field.pattern what the whole text must match, and how that is said: "a postcode of five digits"
 */
export function textField(field: {
  readonly label: string
  readonly hint?: string
  readonly optional?: boolean
  readonly most?: number
  readonly placeholder?: string
  readonly pattern?: { readonly matches: RegExp; readonly says: string }
}): FormField<string, undefined> {
  const { label, hint, optional = false, most = MOST_CHARACTERS, placeholder, pattern } = field
  return {
    label,
    ...(hint === undefined ? {} : { hint }),
    load: async () => undefined,
    parse(text = '') {
      const value = text.trim()
      const { length } = [...value]
      if (value === '') return optional ? { value } : { error: `${label}: write something here.` }
      if (length > most) return { error: `${label}: at most ${most} characters, and these are ${length}.` }
      if (!isStorableText(value)) return { error: `${label}: there is a character in it that is none.` }
      if (pattern && !pattern.matches.test(value)) return { error: `${label}: this is not ${pattern.says}.` }
      return { value }
    },
    draw: ({ name, text, error }) => (
      <TextInput
        id={name}
        name={name}
        label={label}
        hint={hint}
        error={error}
        optional={optional}
        value={text}
        placeholder={placeholder}
        required={!optional}
        autocomplete="off"
      />
    ),
  }
}
