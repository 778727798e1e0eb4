import type { Children } from '../jsx.ts'

export type CardProps = {
  readonly id?: string | undefined
  readonly heading?: Children
  /** Level of the heading, 2 unless said otherwise: levels must not be skipped. */
  readonly level?: 2 | 3 | undefined
  /** At the heading's side: a tag, a Cancel button. */
  readonly aside?: Children
  readonly children: Children
}

/** A sheet of paper with one matter on it. `data-*` and `aria-*` pass through. */
export function Card({ heading, level = 2, aside, children, ...rest }: CardProps) {
  const Heading = level === 2 ? 'h2' : 'h3'
  return (
    <section {...rest} class="card">
      {heading === undefined && aside === undefined ? null : (
        <div class="card-head">
          {heading === undefined ? null : <Heading>{heading}</Heading>}
          {aside}
        </div>
      )}
      {children}
    </section>
  )
}
