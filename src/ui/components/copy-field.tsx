import type { Children } from '../jsx.ts'
import { Field } from './field.tsx'

export type CopyFieldProps = {
  /** Of the input; the button is `<id>-copy`. */
  readonly id: string
  readonly label: Children
  readonly value: string
  readonly hint?: Children
}

/**
 * Something to be copied: a redirect URI, a secret shown once. Selectable text without JavaScript; with
 * `islands={['copy-field']}` on the Layout it also has a button.
 */
export function CopyField({ id, label, value, hint }: CopyFieldProps) {
  return (
    <copy-field>
      <Field id={id} label={label} hint={hint}>
        {(wiring) => (
          <div class="copy">
            <input
              {...wiring}
              class="input code"
              type="text"
              value={value}
              readonly
              spellcheck={false}
              autocomplete="off"
            />
            <button class="button quiet" type="button" id={`${id}-copy`} hidden>
              Copy
            </button>
          </div>
        )}
      </Field>
      <span class="unseen" role="status" />
    </copy-field>
  )
}
