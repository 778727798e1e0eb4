import { registerHooks } from 'node:module'

/** What the files of the folder import, as it was seen while they were loaded; all by URL. */
export type ModuleGraph = {
  /** A file of the folder and every other file of it that it needs, near and far. */
  needs(url: string): string[]
  /** Something that a file imports and that is not there. */
  missing(url: string): string | undefined
}

/** What authors import; nothing else of Trivet is theirs. */
const FRONT_DOOR = 'trivet/mashup'

/**
 * From now on `trivet/mashup` is, for every file below the folder, the running program's own: the same classes, wherever
 * the folder is and whatever is installed beside it. And its files are ES modules whatever package.json says there:
 * `npm init` writes `"type": "commonjs"`.
 *
 * The hooks stay for as long as the process lives: a step may import something when it runs.
 *
 * @param folder URL that ends with a slash, with no symbolic links in it
 * @param frontDoor URL of the built `src/mashup.ts`
 */
export function hookModules(folder: string, frontDoor: string): ModuleGraph {
  const imports = new Map<string, Set<string>>()
  const failed = new Map<string, string>()
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL ?? ''
      if (specifier === FRONT_DOOR && parent.startsWith(folder)) {
        return { url: frontDoor, format: 'module', shortCircuit: true }
      }
      const resolved = resolveOr(
        () => failed.set(parent, specifier),
        () => next(specifier, context),
      )
      if (!isOwn(folder, resolved.url)) return resolved
      imports.set(parent, (imports.get(parent) ?? new Set()).add(resolved.url))
      const format = formatOf(resolved.url)
      return format === undefined ? resolved : { ...resolved, format }
    },
  })
  return {
    needs(url) {
      const all = new Set([url])
      for (const one of all) for (const needed of imports.get(one) ?? []) all.add(needed)
      return [...all]
    },
    missing: (url) => failed.get(url),
  }
}

function resolveOr<T>(failed: () => void, resolve: () => T): T {
  try {
    return resolve()
  } catch (error) {
    failed()
    throw error
  }
}

function isOwn(folder: string, url: string): boolean {
  return url.startsWith(folder) && !url.slice(folder.length).includes('node_modules/')
}

function formatOf(url: string): string | undefined {
  if (/\.m?ts$/.test(url)) return 'module-typescript'
  return /\.m?js$/.test(url) ? 'module' : undefined
}
