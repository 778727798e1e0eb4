import type { Children, VNode } from '../jsx.ts'

/** What ties a control to its label, hint and error; to be spread on the control. */
export type Wiring = {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': 'true' | undefined
}

export type FieldText = {
  /** Of the control; the hint is `<id>-hint`, the error `<id>-error`. */
  readonly id: string
  readonly label: Children
  /** What to type and what it is for. */
  readonly hint?: Children
  /** What is wrong and how to mend it; ErrorSummary links here. */
  readonly error?: string | undefined
  /** Adds "(optional)" to the label: fields are required unless said so. */
  readonly optional?: boolean | undefined
}

export type FieldProps = FieldText & { readonly children: (wiring: Wiring) => VNode }

/** Label, hint, error and one control of the caller's own: `<Field …>{(wiring) => <input {...wiring} …/>}</Field>`. */
export function Field({ children, ...text }: FieldProps) {
  const { id, label, optional = false } = text
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional ? <span class="optional"> (optional)</span> : null}
      </label>
      <FieldNotes {...text} />
      {children(wireField(text))}
    </div>
  )
}

/** The hint and the error under a label or legend, with the ids that `wireField` points to. */
export function FieldNotes({ id, hint, error }: Pick<FieldText, 'id' | 'hint' | 'error'>) {
  return (
    <>
      {hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </>
  )
}

export function wireField({ id, hint, error }: Pick<FieldText, 'id' | 'hint' | 'error'>): Wiring {
  const ids = [hint === undefined ? [] : `${id}-hint`, error === undefined ? [] : `${id}-error`].flat()
  return {
    id,
    'aria-describedby': ids.length === 0 ? undefined : ids.join(' '),
    'aria-invalid': error === undefined ? undefined : 'true',
  }
}
