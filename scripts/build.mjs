// Builds what runs: one file for the server, one for the sandbox, and the assets with a hash in their names, compressed.
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const out = join(root, 'dist')
const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const oldestNode = engines.node.replace('>=', '')

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

// The types of `trivet/mashup` are made by scripts/types.mjs, for the package only, and stay.
mkdirSync(out, { recursive: true })
for (const name of readdirSync(out)) if (name !== 'types') rmSync(join(out, name), { recursive: true, force: true })
mkdirSync(join(out, 'assets'))
writeAssets(await assets())
await Promise.all([
  // Two doors to one program: what both need is in chunks, so that every class is there once.
  build({
    ...node,
    entryPoints: { main: 'src/cli/trivet.ts', mashup: 'src/mashup.ts' },
    splitting: true,
    // Beside the two: what looks for its files beside itself finds them, in whichever it ends up.
    chunkNames: '[name]-[hash]',
    outdir: 'dist',
    define: { TRIVET_VERSION: JSON.stringify(version) },
  }),
  build({
    ...node,
    entryPoints: ['src/cli/launch.ts'],
    outfile: 'dist/trivet.js',
    target: 'node14',
    sourcemap: false,
    define: { TRIVET_NODE: JSON.stringify(oldestNode) },
  }),
  build({ ...node, entryPoints: ['sandbox/src/main.ts'], outfile: 'dist/sandbox.js' }),
])
