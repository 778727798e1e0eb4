import type { Children } from '../jsx.ts'

/** How much weight a button has. */
export type ButtonKind = 'primary' | 'quiet' | 'danger'

export type ButtonProps = {
  readonly id: string
  /** `primary` (default) once per page, `danger` for what cannot be undone, `quiet` for the rest. */
  readonly kind?: ButtonKind | undefined
  /** `submit` unless an island listens to it. */
  readonly type?: 'submit' | 'button' | undefined
  readonly name?: string | undefined
  readonly value?: string | undefined
  readonly disabled?: boolean | undefined
  /** The id of a form that the button stands outside of. */
  readonly form?: string | undefined
  /** Another final URL than the form's own action. */
  readonly formaction?: string | undefined
  /** Lets a Cancel button leave a form that is not filled in. */
  readonly formnovalidate?: boolean | undefined
  /** For the buttons of an island: shown once the island has started. */
  readonly hidden?: boolean | undefined
  readonly children: Children
}

/** A submit button that says what it does: "Save a cat to my Drive". `data-*` and `aria-*` pass through. */
export function Button({ kind = 'primary', type = 'submit', children, ...rest }: ButtonProps) {
  return (
    <button {...rest} class={`button ${kind}`} type={type}>
      {children}
    </button>
  )
}
