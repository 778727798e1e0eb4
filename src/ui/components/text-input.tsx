import { Field, type FieldText } from './field.tsx'

export type TextInputProps = FieldText & {
  readonly name: string
  readonly type?:
    | 'text'
    | 'search'
    | 'email'
    | 'url'
    | 'tel'
    | 'password'
    | 'number'
    | 'color'
    | 'date'
    | 'file'
    | undefined
  readonly value?: string | undefined
  /** More than one line: a text area of so many rows; `type` is then ignored. */
  readonly rows?: number | undefined
  readonly required?: boolean | undefined
  readonly readonly?: boolean | undefined
  readonly autocomplete?: string | undefined
  readonly autocapitalize?: 'none' | 'words' | 'sentences' | undefined
  readonly inputmode?: 'numeric' | 'decimal' | 'email' | 'url' | 'search' | undefined
  readonly spellcheck?: boolean | undefined
  readonly minlength?: number | undefined
  readonly maxlength?: number | undefined
  readonly min?: number | string | undefined
  readonly max?: number | string | undefined
  readonly step?: number | 'any' | undefined
  readonly pattern?: string | undefined
  readonly placeholder?: string | undefined
  readonly accept?: string | undefined
  readonly multiple?: boolean | undefined
}

/** One labelled line (or `rows` lines) of text. `data-*` passes through to the control. */
export function TextInput({ id, label, hint, error, optional, rows, type = 'text', value, ...rest }: TextInputProps) {
  return (
    <Field id={id} label={label} hint={hint} error={error} optional={optional}>
      {(wiring) =>
        rows === undefined ? (
          // Preact types <input> as a union over `type`, which a type known only at run time cannot meet
          <input {...rest} {...wiring} class="input" type={type as 'text'} value={value} />
        ) : (
          // HTML drops one line break right after the tag, so one is given away: a text that begins with one keeps it
          <textarea {...rest} {...wiring} class="input" rows={rows}>
            {`\n${value ?? ''}`}
          </textarea>
        )
      }
    </Field>
  )
}
