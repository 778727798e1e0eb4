import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { describeError, type Log } from '#base'
import { type FileProblem, type ReadRoutes, type RouteRules, readRoutes, type ScopeWords } from './read-routes.ts'
import type { Route } from './route.ts'
import { createRouteTable, type RouteTable } from './route-table.ts'

/** The routes as they are now. */
export type RouteSource = {
  table(): RouteTable
  scopeWords(): ScopeWords
  /** What is wrong with the file as it is now; the routes before it are used on. Empty: nothing. */
  problems(): readonly FileProblem[]
  /** Reads the file and listens for changes of it. A broken one stops nothing: there are no routes then. */
  start(): Promise<void>
  close(): void
}

/** Editors write in several steps; what they have written after this is the new file. */
const SETTLE_MS = 100

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
  let lastText: string | undefined
  let timer: NodeJS.Timeout | undefined
  let watcher: ReturnType<typeof watch> | undefined

  async function read(): Promise<void> {
    const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    const text = found ?? ''
    const isFirst = lastText === undefined
    if (text === lastText) return
    lastText = text
    const result: ReadRoutes = readRoutes(text, rules)
    if ('problems' in result) {
      problems = result.problems
      for (const { line, message } of problems) log.error({ file: basename(file), line }, `trivet.yaml: ${message}`)
      log.error({ problems: problems.length }, 'The routes of the gateway stay as they were')
      return
    }
    problems = []
    // What a request has found it keeps; the next one looks into the new table. No connection is dropped.
    table = createRouteTable([...result.routes, ...builtIn], ownHost)
    scopeWords = result.scopeWords
    // Most servers have no such file, and want to hear nothing of it; one that is gone is news.
    const level = isFirst && found === undefined ? 'debug' : 'info'
    log[level]({ routes: result.routes.length }, 'The routes of the gateway were read')
  }

  const readLater = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      read().catch((error: unknown) => log.error({ error: describeError(error) }, 'trivet.yaml could not be read'))
    }, SETTLE_MS)
  }

  return {
    table: () => table,
    scopeWords: () => scopeWords,
    problems: () => problems,
    async start() {
      await read()
      // The directory, not the file: editors and config maps replace files, and a watch would stay with the old one.
      watcher = watch(dirname(file), (_event, name) => {
        if (name === null || name === basename(file) || name.startsWith('..')) readLater()
      })
      watcher.on('error', (error) => log.warn({ error: describeError(error) }, 'trivet.yaml is watched no more'))
    },
    close() {
      clearTimeout(timer)
      watcher?.close()
    },
  }
}
