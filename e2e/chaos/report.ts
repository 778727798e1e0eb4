import type { ChaosResult } from './cats.ts'

/** The exact result, for people. */
export function report(result: ChaosResult, seed: number): string {
  const { kills, accepted, succeeded, files, strangers, unclaimed, wrong } = result
  const ready = kills.flatMap((kill) => kill.readyMs ?? [])
  const recovered = kills.flatMap((kill) => kill.recoveredMs ?? [])
  const lines = [
    `cats under violence: ${kills.length} kills in ${result.seconds.toFixed(0)} s, seed ${seed}`,
    '',
    'killed at',
    ...counted(kills.map((kill) => kill.phase)),
    'killed with it',
    ...counted(kills.map((kill) => kill.way)),
    '',
    `forms   ${result.forms} typed, ${accepted} answered`,
    `runs    ${succeeded} of ${accepted} succeeded; ${unclaimed} more of answers that never came, waiting for nobody`,
    `files   ${files} in Drive, ${strangers} duplicates or orphans`,
    `start → ready                 ${spread(ready)}`,
    `start → first recovered step  ${spread(recovered)}`,
    '',
    wrong.length === 0 ? 'nothing wrong' : `WRONG (${wrong.length}):`,
    ...wrong.map((text) => `  - ${text}`),
  ]
  return lines.join('\n')
}

function counted(names: readonly string[]): string[] {
  const counts = Map.groupBy(names, (name) => name)
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, all]) => `  ${String(all.length).padStart(3)}  ${name}`)
}

function spread(milliseconds: readonly number[]): string {
  if (milliseconds.length === 0) return 'never'
  const sorted = [...milliseconds].sort((a, b) => a - b)
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
  return `median ${seconds(median)}, max ${seconds(sorted.at(-1) ?? 0)} (${sorted.length} times)`
}
