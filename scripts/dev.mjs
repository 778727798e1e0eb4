// `npm run dev`: builds, starts, and does both again when a source changes.
import { spawn, spawnSync } from 'node:child_process'
import { watch } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
let child
let timer
let stopping = false

function start() {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
  if (built.status !== 0) return
  child = spawn(process.execPath, ['--enable-source-maps', join(root, 'dist/main.js')], { stdio: 'inherit' })
}

/** The old one ends by itself (its database has to be let go) before the new one starts. */
function restart() {
  if (stopping) return
  const old = child
  child = undefined
  if (!old || old.exitCode !== null) return start()
  old.once('exit', start)
  old.kill('SIGTERM')
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
    if (!child || child.exitCode !== null) process.exit(0)
    child.once('exit', () => process.exit(0))
    child.kill(signal)
  })
}
start()
