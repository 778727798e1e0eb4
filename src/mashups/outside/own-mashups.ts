import { createHash } from 'node:crypto'
import { readdir, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type Log, StartError } from '#base'
import type { Mashup } from '#runs'
import { checkAgainst, checkMashup, type Known, type LoadedFile, requireMashup } from './check.ts'
import { explain, textAt } from './explain.ts'
import { surviveForgottenWaits } from './forgotten.ts'
import { hookModules } from './module-hooks.ts'
import { Trouble } from './trouble.ts'

/** A file that is no mash-up that can be used, and why, in words for its author. */
export type BrokenMashup = {
  /** With the folder's name: `mashups/hello.ts`. */
  readonly file: string
  /** From 1; absent where no single line is at fault. */
  readonly line?: number
  /** With names and code of the author: for those who may see the files. */
  readonly message: string
}

export type OwnMashups = { readonly mashups: readonly Mashup[]; readonly broken: readonly BrokenMashup[] }

/** A file may wait at its top for something that never comes. */
const PATIENCE_MS = 5000
const LONGEST_MESSAGE = 600
/** Without declarations of types and tests. */
const SOURCE = /^[^.].*(?<!\.d|\.test)\.m?[jt]s$/

/**
 * The mash-ups of a folder: what each `.ts`, `.mts`, `.js` or `.mjs` directly in it exports by default. One that is broken
 * keeps no other from being used, and is logged. Their code runs in this process, with all its rights.
 *
 * @param options.directory need not be there
 * @param options.frontDoor absolute path of the built `src/mashup.ts`, beside the running program
 * @throws StartError when there is something else, or nothing that can be read
 */
export async function loadOwnMashups(options: {
  readonly directory: string
  readonly frontDoor: string
  readonly known: Known
  readonly log: Log
  readonly patienceMs?: number
}): Promise<OwnMashups> {
  const { known, log, patienceMs = PATIENCE_MS } = options
  const files = await listFiles(options.directory)
  if (files.length === 0) return { mashups: [], broken: [] }
  surviveForgottenWaits(log)
  const directory = await realpath(options.directory)
  const folder = `${pathToFileURL(directory).href}/`
  const graph = hookModules(folder, pathToFileURL(options.frontDoor).href)
  const mashups = new Map<string, Mashup>()
  const broken: BrokenMashup[] = []

  const loading = new Set(files)
  const noteEnd = () => {
    log.error({ files: [...loading] }, 'The process was ended by one of the mash-ups that were being loaded')
    process.exitCode = 1
  }

  async function load(file: string): Promise<LoadedFile & { readonly url: string }> {
    const url = pathToFileURL(join(directory, file)).href
    const exported = await importWithin(patienceMs, url).catch((error) => explain(error, { url, folder, graph }))
    loading.delete(file)
    return { file, url, exported, text: await textAt(url) }
  }
  process.once('exit', noteEnd)
  const loadedFiles = await Promise.all(files.map(load)).finally(() => process.off('exit', noteEnd))
  for (const { url, ...loaded } of loadedFiles) {
    try {
      if (loaded.exported instanceof Trouble) throw loaded.exported
      const mashup = requireMashup(loaded)
      checkMashup(mashup, loaded, known)
      checkAgainst(mashups, mashup, loaded)
      mashups.set(loaded.file, { ...mashup, version: await versionOf(graph.needs(url)) })
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      broken.push(toBroken(`${basename(options.directory)}/${loaded.file}`, error))
    }
  }
  for (const { file, line, message } of broken) {
    log.error({ file, line }, `Mash-up ${file}${line === undefined ? '' : `:${line}`} is left out: ${message}`)
  }
  return { mashups: [...mashups.values()], broken }
}

/** Sources, without declarations of types and tests. */
async function listFiles(directory: string): Promise<string[]> {
  try {
    const all = await readdir(directory, { withFileTypes: true })
    // Links are followed; a pipe with the name of a source would be read for ever.
    const sources = all.filter((one) => (one.isFile() || one.isSymbolicLink()) && SOURCE.test(one.name))
    return sources.map(({ name }) => name).sort()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return []
    throw new StartError(`TRIVET_MASHUPS is ${directory}, which is no folder that can be read (${code}).`)
  }
}

/** Its default export. */
async function importWithin(patienceMs: number, url: string): Promise<unknown> {
  const timer = new AbortController()
  const tooLong = sleep(patienceMs, undefined, { signal: timer.signal }).then(() => {
    throw new Trouble(`It was not loaded after ${patienceMs / 1000} s: what it awaits at its top does not come.`)
  })
  try {
    const module: unknown = await Promise.race([import(url), tooLong])
    return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  } finally {
    timer.abort()
    await tooLong.catch(() => undefined)
  }
}

/** Of a file and all in the folder that it needs: whichever is edited, no run that has begun is continued with it. */
async function versionOf(urls: readonly string[]): Promise<string> {
  const texts = await Promise.all(urls.toSorted().map(textAt))
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16)
}

function toBroken(file: string, { line, message }: Trouble): BrokenMashup {
  const short = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message
  return { file, message: short, ...(line === undefined ? {} : { line }) }
}
