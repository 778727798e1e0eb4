import type { Children } from '../jsx.ts'
import type { Tone } from './notice.tsx'

/** A word in a pill: a state, a trait. The word carries the meaning, the tone only underlines it. */
export function Tag({
  id,
  tone,
  children,
}: {
  readonly id?: string
  readonly tone?: Tone | 'accent' | undefined
  readonly children: Children
}) {
  return (
    <span id={id} class={tone === undefined ? 'tag' : `tag ${tone}`}>
      {children}
    </span>
  )
}
