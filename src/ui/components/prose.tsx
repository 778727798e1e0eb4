import type { Children } from '../jsx.ts'

/** Running text: headings, paragraphs, lists and code set for reading. */
export function Prose({ children }: { readonly children: Children }) {
  return <div class="prose">{children}</div>
}
