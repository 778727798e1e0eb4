import { beside, range } from '../authserver/rows.ts'
import { cpuMicros, perSecond } from '../effort.ts'
import { median, ms, quantile, table } from '../report.ts'
import type { Load } from './load.ts'
import type { Side } from './sides.ts'

const FIGURES = ['per second', '(rounds)', 'p50', 'p99', 'CPU µs each', '(rounds)', 'cores']

/** Medians of rounds; waits of all of them together. */
function row({ name, rounds }: Side): string[] {
  const waits = rounds.flatMap((round) => round.waits)
  const of = (figure: (round: Load) => number) => median(rounds.map(figure))
  return [
    name,
    of(perSecond).toFixed(0),
    range(rounds.map(perSecond), 0),
    ms(quantile(waits, 0.5)),
    ms(quantile(waits, 0.99)),
    of(cpuMicros).toFixed(0),
    range(rounds.map(cpuMicros), 0),
    of(({ cpuSeconds, seconds }) => cpuSeconds / seconds).toFixed(2),
  ]
}

export function printSides(sides: readonly Side[]): void {
  table(['GET of 60 bytes', ...FIGURES], sides.map(row))
  console.log()
}

/** What the one does in the time, or with the processor, of the other, round by round. */
export function printBeside(ours: Side, other: Side, aim?: string): void {
  const [rate, cpu] = [perSecond, cpuMicros].map((of) => beside(ours.rounds, other.rounds, of))
  const aimed = aim === undefined ? '' : `, aim ${aim}`
  console.log(`${ours.name}, beside ${other.name}:\n  requests/s ${rate}${aimed}; CPU ${cpu}`)
}
