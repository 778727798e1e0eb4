import { FieldNotes, type FieldText, wireField } from './field.tsx'

export type CheckboxProps = Omit<FieldText, 'optional'> & {
  readonly name: string
  /** What is sent when it is ticked; `on` otherwise. */
  readonly value?: string | undefined
  readonly checked?: boolean | undefined
  readonly required?: boolean | undefined
  readonly disabled?: boolean | undefined
}

/** Yes or no, with its label at its side. `data-*` passes through to the control. */
export function Checkbox({ id, label, hint, error, ...rest }: CheckboxProps) {
  return (
    <div class="check">
      <input {...rest} {...wireField({ id, hint, error })} type="checkbox" />
      <div>
        <label for={id}>{label}</label>
        <FieldNotes id={id} hint={hint} error={error} />
      </div>
    </div>
  )
}
