import { badRequest } from './refusal.ts'

/** What a PUT to an upload session says about its body; `total` undefined = not known yet (`*`). */
export type ContentRange =
  | { kind: 'whole' }
  | { kind: 'status'; total: number | undefined }
  | { kind: 'chunk'; first: number; last: number; total: number | undefined }

const total = (text: string | undefined) => (text === undefined || text === '*' ? undefined : Number(text))

/** `bytes 0-9/20`, `bytes 0-9/*`; status queries come as `bytes *``/20`, and without the unit (facts 2.2, rule 5). */
export function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { kind: 'whole' }
  const [status, statusTotal] = /^(?:bytes )?\*\/(\d+|\*)$/.exec(header) ?? []
  if (status !== undefined) return { kind: 'status', total: total(statusTotal) }
  const [chunk, first, last, chunkTotal] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header) ?? []
  if (chunk === undefined) throw badRequest('Failed to parse Content-Range header.')
  const range = { first: Number(first), last: Number(last), total: total(chunkTotal) }
  if (range.last < range.first || (range.total !== undefined && range.last >= range.total)) {
    throw badRequest('Failed to parse Content-Range header.')
  }
  return { kind: 'chunk', ...range }
}
