import { cpuMicros, type Effort, perSecond } from '../effort.ts'
import { median, ms, quantile, table } from '../report.ts'
import type { Load } from './load.ts'
import type { Side } from './sides.ts'

const FIGURES = ['per second', 'p50', 'p99', 'CPU µs each', '(rounds)', 'PostgreSQL’s', 'cores']

/** Medians of rounds; waits of all of them together. */
function row({ name, rounds }: Pick<Side, 'name' | 'rounds'>): string[] {
  const waits = rounds.flatMap((round) => round.waits)
  const of = (figure: (round: Load) => number) => median(rounds.map(figure))
  return [
    name,
    of(perSecond).toFixed(0),
    ms(quantile(waits, 0.5)),
    ms(quantile(waits, 0.99)),
    of(cpuMicros).toFixed(0),
    range(rounds.map(cpuMicros), 0),
    of(({ postgresSeconds, pieces }) => (postgresSeconds / pieces) * 1e6).toFixed(0),
    of(({ cpuSeconds, seconds }) => cpuSeconds / seconds).toFixed(2),
  ]
}

/** One kind of work at all servers, then the first of them beside each of the others. */
export function printSides(title: string, sides: readonly Side[]): void {
  table([title, ...FIGURES], sides.map(row))
  const [ours, ...others] = sides
  for (const { name, rounds } of ours ? others : []) {
    const [cpu, rate] = [cpuMicros, perSecond].map((of) => beside(ours?.rounds ?? [], rounds, of))
    console.log(`  beside ${name}: CPU ${cpu}, requests/s ${rate}`)
  }
  console.log()
}

/** The one divided by the other, round by round: median and range. */
export function beside(ours: readonly Effort[], peer: readonly Effort[], of: (effort: Effort) => number): string {
  const found = ours.flatMap((one, round) => {
    const other = peer[round]
    return other ? [of(one) / of(other)] : []
  })
  return `${median(found).toFixed(2)} (${range(found, 2)})`
}

export const range = (values: readonly number[], digits: number) =>
  `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`
