import type { Children } from '../jsx.ts'

export type TableProps = {
  readonly id: string
  /** What the table lists; always there, for those who do not see the page around it. */
  readonly caption: string
  /** Hides the caption from sight where a heading above says the same. */
  readonly captionHidden?: boolean | undefined
  readonly headers: readonly Children[]
  /** Cells in the order of the headers; the first cell of a row is its header. */
  readonly rows: readonly (readonly Children[])[]
}

// A region that scrolls must be reachable by keyboard though nothing in it is (WCAG 2.1.1)
const reachable = { tabIndex: 0 } as const

/** A table that scrolls sideways by itself on a narrow screen. */
export function Table({ id, caption, captionHidden = false, headers, rows }: TableProps) {
  return (
    <section class="table-scroll" aria-labelledby={`${id}-caption`} {...reachable}>
      <table id={id}>
        <caption id={`${id}-caption`} class={captionHidden ? 'unseen' : undefined}>
          {caption}
        </caption>
        <thead>
          <tr>
            {headers.map((header, column) => (
              <th key={column} scope="col">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, column) =>
                column === 0 ? (
                  <th key={column} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={column}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
