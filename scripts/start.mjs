// `npm start`: builds when a source is newer than what was built, then becomes the server.
import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

function builtAt() {
  try {
    return statSync(join(root, 'dist/main.js')).mtimeMs
  } catch {
    return 0
  }
}

const built = builtAt()
const newer = globSync(['src/**/*.{ts,tsx,css,svg,json}', 'sandbox/src/**/*.ts', 'scripts/build.mjs'], {
  cwd: root,
}).some((file) => statSync(join(root, file)).mtimeMs > built)
if (newer) {
  const result = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
  if (result.status !== 0) process.exit(result.status ?? 1)
}
await import(join(root, 'dist/main.js'))
