import type { Children } from '../jsx.ts'

export type CardLinkProps = {
  readonly id?: string | undefined
  /** A final URL. */
  readonly href: string
  readonly title: string
  /** Level of the title, 2 unless said otherwise. */
  readonly level?: 2 | 3 | undefined
  /** The small line above the title: which providers take part. */
  readonly eyebrow?: Children
  readonly children?: Children
}

/** A card that is a link as a whole; only its title is the link's name. Stands in a `.grid`. */
export function CardLink({ id, href, title, level = 2, eyebrow, children }: CardLinkProps) {
  const Heading = level === 2 ? 'h2' : 'h3'
  return (
    <article class="card card-link">
      {eyebrow === undefined ? null : <div class="eyebrow">{eyebrow}</div>}
      <Heading class="card-title">
        <a id={id} href={href}>
          {title}
        </a>
      </Heading>
      {children === undefined ? null : <p class="soft">{children}</p>}
    </article>
  )
}
