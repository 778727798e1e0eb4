import type { Children } from '../jsx.ts'

export type EmptyStateProps = {
  readonly id?: string | undefined
  readonly heading: string
  /** The one thing to do first: a Button or ButtonLink. */
  readonly action?: Children
  readonly children?: Children
}

/** Nothing here yet, and what to do first. */
export function EmptyState({ id, heading, action, children }: EmptyStateProps) {
  return (
    <section class="empty" id={id}>
      <h2>{heading}</h2>
      {children === undefined ? null : <p class="soft">{children}</p>}
      {action}
    </section>
  )
}
