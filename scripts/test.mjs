// `npm test`: everything. Checks, build, then unit, flow and browser tests. Brings Chromium where it is missing and it may.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bin = (name) => join(root, 'node_modules/.bin', name)

function run(program, args, options = {}) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options })
  if (status !== 0) process.exit(status ?? 1)
}

/** Chromium for the browser tests, curl for the commands of a tutorial. */
function ensurePrograms() {
  if (existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium') && existsSync('/usr/bin/curl')) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(
      'The tests need Chromium and curl: install them (Debian: apt-get install chromium curl), or set CHROMIUM to its path.',
    )
    process.exit(1)
  }
  console.log('Installing Chromium and curl with apt-get, for the tests')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-qq'], { env })
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'curl', 'ca-certificates'], { env })
}

const filters = process.argv.slice(2)
if (filters.length === 0) run(process.execPath, [join(root, 'scripts/check.mjs')])
ensurePrograms()
run(process.execPath, [join(root, 'scripts/build.mjs')])

// The default reporter for people, and the plain closing line for whoever counts.
const results = join(root, 'dist/test-results.json')
rmSync(results, { force: true })
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
const { status } = spawnSync(bin('vitest'), ['run', ...reporters, ...filters], { cwd: root, stdio: 'inherit' })
if (existsSync(results)) {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'))
  console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`)
}
process.exit(status ?? 1)
