import { access, mkdir, readFile, rm, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Binaries } from './binaries.ts'

type Link = { readonly source: string; readonly target: string }

/**
 * npm tarballs hold no symlinks: the package's install script makes those of the shared libraries, and with
 * `--ignore-scripts` they are missing and initdb dies ("libicuuc.so.60: cannot open shared object file"). So they are
 * looked at in every start, made where they miss, or made in `ownDirectory` when the installation is read-only.
 *
 * @returns environment variables that the programs need
 */
export async function linkLibraries(binaries: Binaries, ownDirectory: string): Promise<Record<string, string>> {
  const links = await readLinks(binaries)
  const missing = await asyncFilter(links, async (link) => !(await exists(join(binaries.directory, link.target))))
  if (missing.length === 0) return {}
  try {
    for (const link of missing) {
      const target = join(binaries.directory, link.target)
      await makeLink(relative(dirname(target), join(binaries.directory, link.source)), target)
    }
    return {}
  } catch {
    return linkElsewhere(binaries, links, ownDirectory)
  }
}

async function linkElsewhere(binaries: Binaries, links: readonly Link[], directory: string) {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  for (const link of links) {
    await makeLink(join(binaries.directory, link.source), join(directory, basename(link.target)))
  }
  // The package's own folder too: a library found by way of our link looks for others ($ORIGIN) beside the link.
  const path = `${directory}:${join(binaries.directory, 'native', 'lib')}`
  return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: path }
}

/** Replaces a link that leads nowhere; two starts that make the same link at once agree on it. */
async function makeLink(source: string, target: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await symlink(source, target)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || tries === 3) throw error
      if (await exists(target)) return
      await unlink(target).catch(() => {})
    }
  }
}

async function readLinks(binaries: Binaries): Promise<readonly Link[]> {
  const text = await readFile(join(binaries.directory, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: readonly Link[] = JSON.parse(text)
  return links
}

async function asyncFilter<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(keep))
  return items.filter((_, index) => kept[index])
}

/** Follows links: a dangling one does not exist. */
async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
