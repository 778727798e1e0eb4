// `npm run check`: what needs no database and no browser, side by side. Fails when one of them does.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const bin = join(import.meta.dirname, '../node_modules/.bin')
/** The cruiser sees nothing at all with a compiler it does not know, and reports success: so many there must be. */
const LEAST_MODULES = 200

const checks = [
  ['types', 'tsc', ['-p', '.']],
  ['lint and format', 'biome', ['ci', '--error-on-warnings', '--colors=off', '.']],
  ['imports', 'depcruise', ['--config', '.dependency-cruiser.mjs', 'src', 'sandbox', 'e2e', 'bench'], enoughModules],
  ['dead code', 'knip', ['--no-progress']],
]

function enoughModules(output) {
  const modules = Number(/\((\d+) modules/.exec(output)?.[1] ?? 0)
  return modules >= LEAST_MODULES ? undefined : `only ${modules} modules were looked at, of at least ${LEAST_MODULES}`
}

function run([name, program, args, judge]) {
  const began = performance.now()
  return new Promise((resolve) => {
    const child = spawn(join(bin, program), args, { cwd: join(import.meta.dirname, '..') })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => {
      const wrong = code === 0 ? judge?.(output) : `exit code ${code}`
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      console.log(`${wrong ? 'FAILED' : 'ok    '} ${name} (${seconds} s)${wrong ? `: ${wrong}\n${output}` : ''}`)
      resolve(!wrong)
    })
  })
}

const results = await Promise.all(checks.map(run))
process.exit(results.every(Boolean) ? 0 : 1)
