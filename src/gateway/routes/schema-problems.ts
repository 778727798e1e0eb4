import type { z } from 'zod'
import type { FileProblem } from './route-file.ts'

type Issue = z.core.$ZodIssue
type LineOf = (path: readonly PropertyKey[]) => number

/** What a file that does not fit the schema has wrong, in words for whoever wrote it. */
export function problemsOf(issue: Issue, lineOf: LineOf): readonly FileProblem[] {
  if (issue.code === 'invalid_union') {
    // Of several kinds a setting may be, the one that was meant: its parts are wrong, not the kind itself.
    const meant = issue.errors.find((branch) => branch.every(({ path }) => path.length > 0))
    if (meant) return meant.flatMap((one) => problemsOf({ ...one, path: [...issue.path, ...one.path] }, lineOf))
  }
  if (issue.code === 'unrecognized_keys') {
    const [unknown = ''] = issue.keys
    const line = lineOf([...issue.path, unknown])
    return [{ line, message: `${issue.keys.join(', ')}: no such setting${whereOf(issue.path)}` }]
  }
  const [, , index, ...rest] = issue.path
  const place = issue.path.length > 2 && typeof index === 'number' ? rest.join('.') : issue.path.join('.')
  const told = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined
  return [{ line: lineOf(issue.path), message: `${place}: ${told ?? issue.message}` }]
}

function whereOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '; the file has `gateway`, and nothing else'
  return path.length === 1 ? ' of `gateway`' : ' of a route'
}
