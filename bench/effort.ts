import { median } from './report.ts'

/** What some pieces of work took together, in seconds. */
export type Effort = { readonly pieces: number; readonly seconds: number; readonly cpuSeconds: number }

/** Does the work so many times, several at once when told; CPU is this process's. */
export async function measure(
  pieces: number,
  work: (index: number) => Promise<unknown>,
  concurrency = 1,
): Promise<Effort> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < pieces) await work(next++)
    }),
  )
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { pieces, seconds, cpuSeconds: (user + system) / 1e6 }
}

export function total(efforts: readonly Effort[]): Effort {
  const sum = (of: (effort: Effort) => number) => efforts.reduce((before, effort) => before + of(effort), 0)
  return {
    pieces: sum((one) => one.pieces),
    seconds: sum((one) => one.seconds),
    cpuSeconds: sum((one) => one.cpuSeconds),
  }
}

export const perSecond = ({ pieces, seconds }: Effort): number => pieces / seconds
export const cpuMicros = ({ pieces, cpuSeconds }: Effort): number => (cpuSeconds / pieces) * 1e6

/** Of rounds: medians as text, pieces per second and µs of CPU each. */
export function figures(rounds: readonly Effort[]): [string, string] {
  return [median(rounds.map(perSecond)).toFixed(0), median(rounds.map(cpuMicros)).toFixed(0)]
}

/** The one beside the other, round by round, as text. */
export function ratios(ours: readonly Effort[], peer: readonly Effort[], of: (effort: Effort) => number): string {
  const found = ours.flatMap((one, round) => {
    const other = peer[round]
    return other ? [of(one) / of(other)] : []
  })
  return `median ${median(found).toFixed(2)} (rounds: ${found.map((one) => one.toFixed(2)).join(', ')})`
}
