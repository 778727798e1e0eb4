// `npm run bench -- <scenario>`: bundles one measurement with the sources it measures, and runs it.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const scenarios = readdirSync(join(root, 'bench/scenarios')).map((file) => file.replace(/\.ts$/, ''))
const [scenario, ...rest] = process.argv.slice(2)
if (!scenarios.includes(scenario)) {
  console.error(`npm run bench -- <scenario>, one of: ${scenarios.join(', ')}`)
  process.exit(1)
}
const outfile = join(root, `dist/bench-${scenario}.js`)
await build({
  absWorkingDir: root,
  entryPoints: [`bench/scenarios/${scenario}.ts`],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  packages: 'external',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  sourcemap: true,
  logLevel: 'warning',
})
process.exit(spawnSync(process.execPath, [outfile, ...rest], { stdio: 'inherit', cwd: root }).status ?? 1)
