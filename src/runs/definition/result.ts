import type { FileRef } from '#storage'

/** What a run gives back: data, from which the result page is made. */
export type RunResult = {
  readonly title: string
  readonly text?: string
  readonly image?: { readonly file: FileRef; readonly alt: string; readonly width?: number; readonly height?: number }
  readonly links?: readonly { readonly href: string; readonly label: string }[]
  readonly table?: readonly { readonly name: string; readonly value: string }[]
  readonly file?: FileRef
  /** What a page of one's own shows (`resultPage`): plain data, seen by the owner only. */
  readonly data?: Readonly<Record<string, unknown>>
}
