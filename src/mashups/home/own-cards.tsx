import type { Mashup } from '#runs'
import { CardLink, type PageContext, Tag } from '#ui'

/** A file that is no mash-up that can be used; `file` with its folder, `line` from 1. */
export type BrokenFile = { readonly file: string; readonly line?: number; readonly message: string }

/** A mash-up out of the folder for one's own. */
export function OwnCard({ page, mashup }: { readonly page: PageContext; readonly mashup: Mashup }) {
  return (
    <CardLink id={`card-${mashup.id}`} href={page.href(mashup.path)} title={mashup.title} eyebrow="Your own">
      {mashup.summary}
    </CardLink>
  )
}

/** A file that had to be left out: where it is wrong, and why, for those who may see it. */
export function BrokenCard({ file, reasons }: { readonly file: BrokenFile; readonly reasons: boolean }) {
  const name = file.file.slice(file.file.lastIndexOf('/') + 1)
  const place = file.line === undefined ? file.file : `${file.file}:${file.line}`
  return (
    <div class="card" id={`broken-${name}`}>
      <p class="eyebrow">Your own</p>
      <h2 class="card-title">{reasons ? place : name}</h2>
      <p class="soft">{reasons ? file.message : 'This mash-up cannot be used. The log of the server says why.'}</p>
      <p>
        <Tag tone="bad">broken</Tag>
      </p>
    </div>
  )
}
