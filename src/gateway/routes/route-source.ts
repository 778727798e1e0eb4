import { type Stats, unwatchFile, watch, watchFile } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { describeError, type Log, StartError } from '#base'
import { readRoutes, type ScopeWords } from './read-routes.ts'
import type { Route } from './route.ts'
import type { FileProblem, RouteRules } from './route-file.ts'
import { createRouteTable, type RouteTable } from './route-table.ts'

/** The routes as they are now. */
export type RouteSource = {
  table(): RouteTable
  scopeWords(): ScopeWords
  /** What is wrong with the file as it is now; the routes before it are used on. Empty: nothing. */
  problems(): readonly FileProblem[]
  /** What is likely to be meant otherwise in the file that is in force. */
  warnings(): readonly FileProblem[]
  /** Whether there is no file, and was none since the start: nobody has said anything about routes. */
  isAbsent(): boolean
  /**
   * Reads the file and listens for changes of it. One with mistakes stops nothing: there are no routes then.
   *
   * @throws StartError when the file cannot be read although it is there, or its folder is not
   */
  start(): Promise<void>
  close(): void
}

/** Nothing has changed for so long: then it is written to its end, as far as anybody can tell. */
const SETTLE_MS = 500
/** Where nothing tells of changes: behind symbolic links, on file systems of other machines. */
const POLL_MS = 2000

type Found =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly text: string }

export function createRouteSource(deps: {
  /** The file need not be there. */
  readonly file: string
  readonly rules: RouteRules
  /** Routes that are there without a file. */
  readonly builtIn: readonly Route[]
  readonly ownHost: string
  readonly log: Log
}): RouteSource {
  const { file, rules, builtIn, ownHost, log } = deps
  let table = createRouteTable(builtIn, ownHost)
  let scopeWords: ScopeWords = new Map()
  let problems: readonly FileProblem[] = []
  let warnings: readonly FileProblem[] = []
  let last: Found | undefined
  let wasThere = false
  let timer: NodeJS.Timeout | undefined
  let watcher: ReturnType<typeof watch> | undefined
  let isClosed = false

  function refuse(found: readonly FileProblem[]): void {
    problems = found
    for (const { line, message } of problems) log.error({ file: basename(file), line }, `trivet.yaml: ${message}`)
    log.error({ problems: problems.length }, 'The routes of the gateway stay as they were')
  }

  function take(found: Found): void {
    const isFirst = last === undefined
    if (last?.kind === found.kind && textOf(last) === textOf(found)) return
    last = found
    wasThere ||= found.kind !== 'absent'
    if (found.kind === 'unreadable') return void refuse([{ line: 1, message: `cannot be read: ${found.text}` }])
    const result = readRoutes(textOf(found), rules)
    if ('problems' in result) return void refuse(result.problems)
    // A full disk, a mount that is gone, a copy that is only begun: nobody means to take all rules away by that.
    if (!result.namesRoutes && table.routes.length > builtIn.length) {
      const what = found.kind === 'absent' ? 'the file is gone' : 'the file names no routes'
      return void refuse([{ line: 1, message: `${what}; to have none, write gateway: {routes: []}` }])
    }
    problems = []
    warnings = result.warnings
    // What a request has found it keeps; the next one looks into the new table. No connection is dropped.
    table = createRouteTable([...result.routes, ...builtIn], ownHost)
    scopeWords = result.scopeWords
    for (const { line, message } of warnings) log.warn({ file: basename(file), line }, `trivet.yaml: ${message}`)
    // Most servers have no such file, and want to hear nothing of it.
    const level = isFirst && found.kind === 'absent' ? 'debug' : 'info'
    log[level]({ routes: result.routes.length }, 'The routes of the gateway were read')
  }

  function readLater(): void {
    clearTimeout(timer)
    const before = stampOf(file)
    timer = setTimeout(async () => {
      const isSame = (await before) === (await stampOf(file))
      const found = await look(file)
      if (isClosed) return
      if (isSame) take(found)
      else readLater()
    }, SETTLE_MS)
  }

  function listen(): void {
    watchFile(file, { interval: POLL_MS, persistent: false }, readLater)
    try {
      // The directory, not the file: editors and config maps replace files, and a watch would stay with the old one.
      watcher = watch(dirname(file), (_event, name) => {
        if (name === null || name === basename(file) || name.startsWith('..')) readLater()
      })
    } catch (error) {
      // Such as a system that has no watches left.
      log.warn({ error: describeError(error) }, 'The folder of trivet.yaml is looked at every other second only')
      return
    }
    watcher.on('error', (error) => log.warn({ error: describeError(error) }, 'trivet.yaml is watched no more'))
  }

  return {
    table: () => table,
    scopeWords: () => scopeWords,
    problems: () => problems,
    warnings: () => warnings,
    isAbsent: () => !wasThere,
    async start() {
      const found = await look(file)
      if (found.kind === 'unreadable') {
        throw new StartError(`${file} cannot be read: ${found.text}. It need not be there (TRIVET_FILE).`)
      }
      take(found)
      await stat(dirname(file)).catch((error: unknown) => {
        const what = `The folder of ${file} is not there, so nobody could put routes into it later`
        throw new StartError(`${what}. Make it, or name another file in TRIVET_FILE.`, { cause: error })
      })
      listen()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      unwatchFile(file, readLater)
      watcher?.close()
    },
  }
}

async function look(file: string): Promise<Found> {
  try {
    return { kind: 'text', text: await readFile(file, 'utf8') }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return { kind: 'absent' }
    return { kind: 'unreadable', text: WHY[code] ?? code }
  }
}

const WHY: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  EACCES: 'this process may not (EACCES)',
  ENOTDIR: 'what should be its folder is a file',
}

function textOf(found: Found): string {
  return found.kind === 'absent' ? '' : found.text
}

/** Another one when the file was written to or replaced. */
async function stampOf(file: string): Promise<string> {
  const told = ({ ino, size, mtimeMs }: Stats) => `${ino} ${size} ${mtimeMs}`
  return stat(file).then(told, codeOf)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
