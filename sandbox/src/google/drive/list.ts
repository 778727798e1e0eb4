import type { DriveFile } from '../records.ts'
import { Refusal } from './refusal.ts'

type Term = (file: DriveFile) => boolean

const unquote = (text: string) => text.replace(/\\(['\\])/g, '$1')

function invalid(location: string): Refusal {
  return new Refusal(400, 'invalid', 'Invalid Value', { locationType: 'parameter', location })
}

/** One term of a search: the few that apps look for their own files with. */
function parseTerm(term: string): Term {
  const [, field, operator, text] = /^(name|mimeType) (=|contains) '((?:[^'\\]|\\.)*)'$/.exec(term) ?? []
  if (text !== undefined) {
    const wanted = unquote(text)
    const value = (file: DriveFile) => (field === 'name' ? file.name : file.mimeType)
    return operator === '=' ? (file) => value(file) === wanted : (file) => value(file).includes(wanted)
  }
  const [, trashed] = /^trashed ?= ?(true|false)$/.exec(term) ?? []
  if (trashed !== undefined) return () => trashed === 'false'
  const [, parent] = /^'([^']+)' in parents$/.exec(term) ?? []
  if (parent !== undefined) return (file) => file.parents.includes(parent)
  const [, key, value] =
    /^appProperties has \{ ?key='((?:[^'\\]|\\.)*)' and value='((?:[^'\\]|\\.)*)' ?\}$/.exec(term) ?? []
  if (key !== undefined && value !== undefined) {
    return (file) => file.appProperties?.[unquote(key)] === unquote(value)
  }
  throw invalid('q')
}

/** Splits at ` and ` outside quotes and braces. */
function splitTerms(q: string): string[] {
  const terms = q.match(/(?:\{[^}]*\}|'(?:[^'\\]|\\.)*'|(?! and )[^'{])+/g) ?? []
  return terms.map((term) => term.replace(/^\s*and\s+/, '').trim())
}

/** Newest first; `pageToken` is the place where the next page begins. */
export function selectFiles(files: readonly DriveFile[], query: URLSearchParams) {
  const q = query.get('q')
  const terms = q ? splitTerms(q).map(parseTerm) : []
  const size = Number(query.get('pageSize') ?? 100)
  if (!Number.isInteger(size) || size < 1 || size > 1000) throw invalid('pageSize')
  const start = Number(query.get('pageToken') ?? 0)
  if (!Number.isInteger(start) || start < 0) throw invalid('pageToken')
  const found = files.filter((file) => terms.every((term) => term(file))).reverse()
  const page = found.slice(start, start + size)
  return { page, nextPageToken: start + size < found.length ? String(start + size) : undefined }
}
