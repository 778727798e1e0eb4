import { readFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { StyleDefinition } from '@dicebear/core'

/** The styles that are installed: their ids, and where each one's definition is. */
export type Definitions = {
  readonly ids: readonly string[]
  /** For an id of `ids`. */
  read(id: string): Promise<StyleDefinition>
}

/**
 * Looks up the installed set in what `@dicebear/styles` exports, one JSON file for each style: 61 of them in 10.6.0.
 * The package stays a package when the server is built into one file.
 */
export async function findDefinitions(): Promise<Definitions> {
  const path = findPackageJSON('@dicebear/styles', import.meta.url)
  if (path === undefined) throw new Error('@dicebear/styles is not installed')
  const base = pathToFileURL(path)
  const files = new Map<string, URL>()
  const { exports }: { exports: Record<string, { default: string }> } = await readJson(base)
  for (const [name, target] of Object.entries(exports)) {
    const id = /^\.\/([a-z0-9-]+)\.json$/.exec(name)?.[1]
    if (id !== undefined) files.set(id, new URL(target.default, base))
  }
  return {
    ids: [...files.keys()],
    async read(id) {
      const file = files.get(id)
      if (!file) throw new Error(`@dicebear/styles has no ${id}`)
      return await readJson(file)
    },
  }
}

async function readJson<T>(file: URL): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8'))
}
