import type { Children } from '../jsx.ts'

export type PageHeadProps = {
  /** The page's only `h1`. */
  readonly title: Children
  /** What one can do here, in a sentence. */
  readonly lead?: Children
  /** The small line above: a provider's mark and name, a way back. */
  readonly eyebrow?: Children
  /** At the side: tags, a button. */
  readonly aside?: Children
}

/** The top of a page: its one `h1` and what it is about. */
export function PageHead({ title, lead, eyebrow, aside }: PageHeadProps) {
  return (
    <div class="page-head">
      {eyebrow === undefined ? null : <div class="eyebrow">{eyebrow}</div>}
      <div class="card-head">
        <h1>{title}</h1>
        {aside}
      </div>
      {lead === undefined ? null : <p class="lead">{lead}</p>}
    </div>
  )
}
