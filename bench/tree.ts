import { readdirSync, readFileSync } from 'node:fs'

/** `USER_HZ` (proc(5)). */
const TICKS_PER_SECOND = 100

type Process = { readonly pid: number; readonly parent: number; readonly name: string; readonly ticks: number }

/** A process and all that it started, as they are now. */
function treeOf(root: number): Process[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : []))
  const found = all.filter(({ pid }) => pid === root)
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid))
  return found
}

function read(pid: number): Process | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended while the list was walked.
    return undefined
  }
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')]
  const fields = stat.slice(close + 2).split(' ')
  // Field 4, then 14 to 17: its own time, and that of its children that have ended and been waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid, parent: Number(fields[1]), name: stat.slice(open + 1, close), ticks }
}

/** Processor time so far in seconds: of all, and of PostgreSQL alone; in steps of 10 ms. */
export function cpuOfTree(root: number): { readonly all: number; readonly postgres: number } {
  const tree = treeOf(root)
  const seconds = (some: readonly Process[]) => some.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND
  return { all: seconds(tree), postgres: seconds(tree.filter(isPostgres)) }
}

/** Of all processors of this machine, whoever has it: time in which they worked, in seconds. */
export function cpuOfMachine(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
  // user, nice, system, then idle and iowait (proc_stat(5)), which are left out.
  const fields = line.trim().split(/\s+/).slice(1).map(Number)
  return fields.reduce((sum, ticks, index) => (index === 3 || index === 4 ? sum : sum + ticks), 0) / TICKS_PER_SECOND
}

/** In MB; what PostgreSQL's processes share is divided among them (`Pss`, proc_pid_smaps). */
export function memoryOfTree(root: number): { readonly server: number; readonly postgres: number } {
  const megabytes = (some: readonly Process[]) => some.reduce((sum, { pid }) => sum + proportional(pid), 0)
  const tree = treeOf(root)
  return { server: proportional(root), postgres: megabytes(tree.filter(isPostgres)) }
}

function proportional(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1000
}

const isPostgres = ({ name }: Process) => name === 'postgres'
