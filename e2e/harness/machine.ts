import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An empty folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trivet-e2e-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  return folder
}

const namespaces = spawnSync('/usr/bin/unshare', ['--mount', 'true']).status === 0

/** Why tests that mount something cannot run, or false. */
export const noMounts: string | false = namespaces ? false : 'needs root and mount namespaces'

/** A command that runs another one where these shell lines were run first, with mounts that only it can see. */
export function withMounts(lines: string): readonly string[] {
  return ['/usr/bin/unshare', '--mount', 'sh', '-ec', `${lines}\nexec "$@"`, 'sh']
}

/** Command lines of the processes that live and have to do with a folder: named in their arguments, or working in it. */
export async function processesAt(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      const at = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      const words = line.split('\0').join(' ').trim()
      return words.includes(folder) || at.startsWith(folder) ? [words || pid] : []
    }),
  )
  return found.flat()
}
