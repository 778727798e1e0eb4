import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Bytes of memory that a process has (resident set), as `ps` says. */
export async function memoryOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) * 1024
}

/** Looks at it again and again. @returns what ends that, and gives all that was seen */
export function watchMemory(pid: number, everyMs = 100): () => Promise<readonly number[]> {
  const seen: number[] = []
  let going = true
  const watching = (async () => {
    while (going) {
      seen.push(await memoryOf(pid))
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  })()
  return async () => {
    going = false
    await watching
    return seen
  }
}

export const megabytes = (bytes: number) => Math.round(bytes / 1e6)
