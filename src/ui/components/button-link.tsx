import type { Children } from '../jsx.ts'
import type { ButtonKind } from './button.tsx'

export type ButtonLinkProps = {
  readonly id?: string | undefined
  /** A final URL. */
  readonly href: string
  readonly kind?: ButtonKind | undefined
  /** The name under which a link saves instead of opens; empty for the server's choice. */
  readonly download?: string | undefined
  readonly rel?: string | undefined
  readonly children: Children
}

/** A link that looks like a button: goes somewhere, changes nothing. `data-*` and `aria-*` pass through. */
export function ButtonLink({ kind = 'primary', children, ...rest }: ButtonLinkProps) {
  return (
    <a {...rest} class={`button ${kind}`}>
      {children}
    </a>
  )
}
