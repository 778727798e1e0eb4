/** Names a stored file in step results and run results: plain JSON, nothing secret. It opens nothing by itself. */
export type FileRef = {
  readonly id: string
  /** As a person would see it, `cat.jpg`. */
  readonly name: string
  /** Media type. */
  readonly type: string
  /** Bytes. */
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}
