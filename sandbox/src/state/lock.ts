import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * When a process began, in clock ticks since boot: tells a process from a later one with the same id (Linux only).
 * A dead one that nobody has reaped yet holds nothing: in a container whose first process does not reap, for ever.
 */
function birthOf(pid: number): string | undefined {
  try {
    // proc_pid_stat(5): fields 3 and 22; the second field is in brackets and may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')
    return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields?.[19]
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isHeld(lock: string): boolean {
  const [pid = '', birth = ''] = lock.split(' ')
  const id = Number(pid)
  return Number.isInteger(id) && id > 0 && id !== process.pid && isAlive(id) && (birthOf(id) ?? '') === birth
}

/**
 * Takes the folder for this process: two writers of one journal would lose each other's commits. A lock left behind by
 * a killed process is taken over.
 * @returns releases the lock
 */
export function lockFolder(dir: string): () => void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'lock')
  const mine = `${process.pid} ${birthOf(process.pid) ?? ''}`
  try {
    writeFileSync(path, mine, { flag: 'wx' })
  } catch {
    const other = readFileSync(path, 'utf8')
    if (isHeld(other))
      throw new Error(`${dir} is in use by process ${other.split(' ')[0]}; give each sandbox its own --state`)
    writeFileSync(path, mine)
  }
  return () => rmSync(path, { force: true })
}
