import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A line of a file below the folder; `file` is its path from there. */
export type Place = { readonly file: string; readonly line: number }

/** V8 needs no longer to look at a file. */
const CHECK_MS = 5000

/**
 * Where an error comes from, by its stack: a syntax error begins with the place, anything else has it in the first frame
 * that is in the folder.
 */
export function placeOf(error: unknown, folder: string): Place | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (let at = stack.indexOf(folder); at >= 0; at = stack.indexOf(folder, at + 1)) {
    const [, file, line] = /^([^\s:?#)]+):(\d+)/.exec(stack.slice(at + folder.length)) ?? []
    if (file !== undefined) return { file: decodeURIComponent(file), line: Number(line) }
  }
  return undefined
}

/**
 * The line of a syntax error that does not say it, as those that V8 finds in a module do not: found once more by
 * `node --check`, which says it.
 */
export async function syntaxErrorLine(text: string, url: string): Promise<number | undefined> {
  const script = /\.m?ts$/.test(url) ? (await askNode(['-e', WITHOUT_TYPES], text)).out : text
  const { err } = await askNode(['--check', '--input-type=module', '-'], script)
  const line = /^\[stdin\]:(\d+)$/m.exec(err)?.[1]
  return line === undefined ? undefined : Number(line)
}

/** Types become spaces: lines stay where they are. In a process of its own, as Node warns of it. */
const WITHOUT_TYPES = `process.stdout.write(
  require('node:module').stripTypeScriptTypes(require('node:fs').readFileSync(0, 'utf8')))`

function askNode(args: readonly string[], input: string): Promise<{ readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const options = { timeout: CHECK_MS }
    const child = execFile(process.execPath, ['--no-warnings', ...args], options, (_error, out, err) =>
      resolve({ out, err }),
    )
    // It may end before it has read everything.
    child.stdin?.on('error', () => undefined).end(input)
  })
}

/** The line of a text, from 1, where one of these stands; the earlier ones are looked for first. */
export function lineOf(text: string, ...wanted: readonly string[]): number | undefined {
  for (const one of wanted) {
    const at = text.indexOf(one)
    if (at >= 0) return text.slice(0, at).split('\n').length
  }
  return undefined
}

/** `…/mashups/lib/words.ts` below `…/mashups/` → `lib/words.ts` */
export function fileIn(folder: string, url: string): string {
  return fileURLToPath(url).slice(fileURLToPath(folder).length)
}
