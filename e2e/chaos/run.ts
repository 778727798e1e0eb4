import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { catsUnderViolence, shuffledTargets } from './cats.ts'
import { MOMENTS } from './moments.ts'
import { createRandom } from './random.ts'
import { report } from './report.ts'

const USAGE = `npm run chaos -- cats [--kills 50] [--seed <n>]

  --kills  how many times the started product is killed
  --seed   the same moments as in an earlier run; printed at the end of each`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
  },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
if (positionals[0] !== 'cats' || !Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  console.error(USAGE)
  process.exit(2)
}
const random = createRandom(seed)
const targets = shuffledTargets(kills, MOMENTS, random)
const result = await catsUnderViolence({ targets, random, say: (line) => console.log(line) })
console.log(`\n${report(result, seed)}`)
process.exit(result.wrong.length === 0 ? 0 : 1)
