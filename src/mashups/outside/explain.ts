import { readFile } from 'node:fs/promises'
import type { ModuleGraph } from './module-hooks.ts'
import { fileIn, lineOf, placeOf, syntaxErrorLine } from './place.ts'
import { Trouble } from './trouble.ts'

/** Something that is imported and not there, or not to be had from outside its package. */
const NOT_FOUND: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED']

/**
 * What went wrong while a file was loaded, in words for its author, and in which line of it.
 *
 * @param loaded.url of the file; what it needs may be at fault as well
 * @param loaded.folder URL with a slash at its end
 */
export async function explain(
  error: unknown,
  { url, folder, graph }: { readonly url: string; readonly folder: string; readonly graph: ModuleGraph },
): Promise<Trouble> {
  if (error instanceof Trouble) return error
  const file = fileIn(folder, url)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const urls = graph.needs(url)
  for (const one of NOT_FOUND.includes(code) ? urls : []) {
    const missing = graph.missing(one)
    if (missing === undefined) continue
    const line = lineOf(await textAt(one), `'${missing}'`, `"${missing}"`)
    return troubleAt(file, { file: fileIn(folder, one), line }, `"${missing}" cannot be imported: it is not there.`)
  }
  const message = messageOf(error, code)
  const place = placeOf(error, folder)
  if (place !== undefined) return troubleAt(file, place, message)
  for (const one of error instanceof SyntaxError ? urls : []) {
    const line = await syntaxErrorLine(await textAt(one), one)
    if (line !== undefined) return troubleAt(file, { file: fileIn(folder, one), line }, message)
  }
  return new Trouble(message)
}

/** Trouble of a file, which may come from another one that it needs. */
function troubleAt(
  file: string,
  place: { readonly file: string; readonly line: number | undefined },
  message: string,
): Trouble {
  if (place.file === file) return new Trouble(message, place.line)
  return new Trouble(`In ${place.file}${place.line === undefined ? '' : `:${place.line}`}: ${message}`)
}

function messageOf(error: unknown, code: unknown): string {
  if (!(error instanceof Error)) return `It threw ${JSON.stringify(error) ?? String(error)} while it was loaded.`
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${error.message}: types are left out here, nothing is translated. Write it as JavaScript has it.`
  }
  if (code === 'ERR_INVALID_TYPESCRIPT_SYNTAX') return `SyntaxError: ${error.message}`
  if (/'trivet\/mashup' does not provide an export named/.test(error.message)) {
    return `${error.message}. If it is a type, import it with "import type".`
  }
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
}

/** A file as it is now; one that is gone is empty. */
export async function textAt(url: string): Promise<string> {
  return readFile(new URL(url), 'utf8').catch(() => '')
}
