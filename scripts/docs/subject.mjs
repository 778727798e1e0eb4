// What the reference pages are made from: the product's own modules, and the addresses of the app as it is put together.
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { pino } from 'pino'

/** Bundles the sources, because Node reads no TSX. */
async function load(root) {
  const errors = globSync('src/*/errors.ts', { cwd: root }).sort()
  const contents = [
    `export { createApp } from './src/app.ts'`,
    `export { loadConfig, SETTINGS } from '#config'`,
    `export { failureProblems } from '#http'`,
    `export { IDENTITY_HEADERS } from './src/gateway/routes/read-routes.ts'`,
    `export { fileSchema, routeSchema } from './src/gateway/routes/route-schema.ts'`,
    ...errors.map((file, index) => `import * as errors${index} from './${file}'`),
    `export const ERRORS = { ${errors.map((file, index) => `${file.split('/')[1]}: errors${index}`).join(', ')} }`,
  ].join('\n')
  // Inside the checkout, so that the packages left outside are found.
  const directory = join(root, 'node_modules/.cache')
  mkdirSync(directory, { recursive: true })
  const outfile = join(mkdtempSync(join(directory, 'trivet-docs-')), 'subject.mjs')
  try {
    await build({
      stdin: { contents, resolveDir: root, loader: 'ts' },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      packages: 'external',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      logLevel: 'warning',
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(join(outfile, '..'), { recursive: true, force: true })
  }
}

/** Puts the app together on an empty database of its own, without listening, and asks it for its addresses. */
async function routesOf({ createApp, loadConfig }) {
  const directory = mkdtempSync(join(tmpdir(), 'trivet-docs-'))
  mkdirSync(join(directory, 'built/assets'), { recursive: true })
  writeFileSync(join(directory, 'built/assets/manifest.json'), '{}')
  try {
    const config = loadConfig({ TRIVET_DATA_DIR: join(directory, 'data'), TRIVET_SANDBOX: 'off' }, directory)
    const app = await createApp(config, pino({ level: 'silent' }), {
      directory: join(directory, 'built'),
      version: 'docs',
    })
    try {
      await app.server.ready()
      return parseTree(app.server.printRoutes({ commonPrefix: false }))
    } finally {
      await app.close()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Fastify draws a tree: each line adds its text to the path of the line it hangs from. HEAD comes with every GET. */
export function parseTree(text) {
  const routes = []
  const above = []
  for (const line of text.split('\n')) {
    const [, indent, path, methods] = /^([│ ]*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? []
    if (path === undefined) continue
    const depth = indent.length / 4
    above.length = depth
    above.push(`${above.at(-1) ?? ''}${path}`)
    for (const method of methods?.split(', ') ?? []) {
      if (method !== 'HEAD')
        routes.push({
          method,
          path: above
            .at(-1)
            .replace('//', '/')
            .replace(/(?<!\/)\*$/, '/*'),
        })
    }
  }
  return routes
}

export async function readSubject(root) {
  const modules = await load(root)
  const routes = await routesOf(modules)
  const { fileSchema, routeSchema, IDENTITY_HEADERS: identityHeaders } = modules
  return {
    ...{ settings: modules.SETTINGS, errors: modules.ERRORS, failureProblems: modules.failureProblems, routes },
    gateway: { fileSchema, routeSchema, identityHeaders },
  }
}
