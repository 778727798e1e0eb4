import { Field, type FieldText } from './field.tsx'

/** One line of the list. */
export type SelectOption = { readonly value: string; readonly label: string; readonly disabled?: boolean | undefined }

export type SelectProps = FieldText & {
  readonly name: string
  readonly options: readonly SelectOption[]
  /** The value chosen; the first option otherwise. */
  readonly value?: string | undefined
  readonly required?: boolean | undefined
  readonly autocomplete?: string | undefined
}

/** One of several, as the browser's own list. `data-*` passes through to the control. */
export function Select({ id, label, hint, error, optional, options, value, ...rest }: SelectProps) {
  return (
    <Field id={id} label={label} hint={hint} error={error} optional={optional}>
      {(wiring) => (
        <select {...rest} {...wiring} class="input">
          {options.map((option) => (
            <option
              key={option.value}
              value={option.value}
              selected={option.value === value}
              disabled={option.disabled}
            >
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
