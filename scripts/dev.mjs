// `npm run dev`: builds, starts `trivet dev`, and does both again when a source changes. Of one's own mash-ups and .env that
// command takes care.
import { spawn, spawnSync } from 'node:child_process'
import { watch } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
let child
let timer
/** A restart is waiting for the old one to end. */
let ending = false
/** We were asked to stop. */
let stopping = false

function start() {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
  if (built.status !== 0) return
  child = spawn(process.execPath, ['--enable-source-maps', join(root, 'dist/main.js'), 'dev'], { stdio: 'inherit' })
}

/** The old one ends by itself (its database has to be let go) before the new one is built, with all changes till then. */
function restart() {
  if (stopping || ending) return
  if (!isRunning()) return start()
  ending = true
  child.once('exit', () => {
    ending = false
    if (!stopping) start()
  })
  child.kill('SIGTERM')
}

/** Neither ended by itself nor by a signal. */
function isRunning() {
  return child !== undefined && child.exitCode === null && child.signalCode === null
}

for (const directory of ['src', 'sandbox/src']) {
  watch(join(root, directory), { recursive: true }, (_event, file) => {
    if (!/\.(tsx?|css|svg|json)$/.test(file ?? '') || /\.test\.tsx?$/.test(file ?? '')) return
    clearTimeout(timer)
    timer = setTimeout(restart, 150)
  })
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopping = true
    if (!isRunning()) process.exit(0)
    child.once('exit', () => process.exit(0))
    child.kill(signal)
  })
}
start()
