// Builds what runs: one file for the server, one for the sandbox, and the assets with a hash in their names, compressed.
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const out = join(root, 'dist')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const node = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  packages: 'external',
  sourcemap: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
}

/** name in pages → content */
async function assets() {
  const found = new Map()
  const css = await build({
    ...node,
    platform: 'browser',
    entryPoints: ['src/ui/css/index.css'],
    minify: true,
    write: false,
    sourcemap: false,
  })
  found.set('style.css', Buffer.from(css.outputFiles[0].contents))
  found.set('favicon.svg', readFileSync(join(root, 'src/ui/icons/favicon.svg')))
  for (const entry of globSync('src/**/*.island.ts', { cwd: root })) {
    const result = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      minify: true,
      write: false,
      logLevel: 'warning',
    })
    found.set(basename(entry).replace('.island.ts', '.js'), Buffer.from(result.outputFiles[0].contents))
  }
  return found
}

function writeAssets(found) {
  const manifest = {}
  for (const [name, content] of found) {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 12)
    const file = name.replace(/(\.[a-z]+)$/, `.${hash}$1`)
    manifest[name] = file
    writeFileSync(join(out, 'assets', file), content)
    writeFileSync(join(out, 'assets', `${file}.br`), brotliCompressSync(content))
    writeFileSync(join(out, 'assets', `${file}.gz`), gzipSync(content, { level: 9 }))
  }
  writeFileSync(join(out, 'assets/manifest.json'), JSON.stringify(manifest, null, 2))
}

rmSync(out, { recursive: true, force: true })
mkdirSync(join(out, 'assets'), { recursive: true })
writeAssets(await assets())
await Promise.all([
  build({
    ...node,
    entryPoints: ['src/cli/trivet.ts'],
    outfile: 'dist/main.js',
    define: { TRIVET_VERSION: JSON.stringify(version) },
  }),
  build({ ...node, entryPoints: ['sandbox/src/main.ts'], outfile: 'dist/sandbox.js' }),
])
