import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { Answer } from './probe.fixture.ts'

const ROOT = join(import.meta.dirname, '../../..')

/**
 * The loader as it is built, in a process of its own: the test runner has hooks for modules itself, and only a build has
 * the front door beside the program.
 */
export function useBuiltLoader(): (directory: string, patienceMs?: number) => Promise<Answer> {
  let built = ''
  beforeAll(async () => {
    // Where packages are found from, and nothing is watched.
    built = await mkdtemp(join(ROOT, 'node_modules/.own-mashups-'))
    await build({
      absWorkingDir: ROOT,
      entryPoints: { program: 'src/mashups/outside/probe.fixture.ts', mashup: 'src/mashup.ts' },
      outdir: built,
      ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', target: 'node24', packages: 'external' },
      ...{ jsx: 'automatic', jsxImportSource: 'preact' },
      outExtension: { '.js': '.mjs' },
    })
  })
  afterAll(() => rm(built, { recursive: true, force: true }))
  return async (directory, patienceMs = 5000) => {
    const question = JSON.stringify({ directory, frontDoor: join(built, 'mashup.mjs'), patienceMs })
    const { stdout } = await promisify(execFile)(process.execPath, [join(built, 'program.mjs'), question])
    return JSON.parse(stdout)
  }
}

/** A folder with these files, which goes away with the test; `mashups` within it is the one that is loaded. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'own-mashups-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

/** A mash-up that works; further members, as they stand in a source, each on a line of its own from the fourth. */
export function sourceOf(id: string, ...members: readonly string[]): string {
  return `import { mashup, textField } from 'trivet/mashup'

export default mashup('${id}', {
${members.map((member) => `  ${member},\n`).join('')}  title: 'A title', summary: 'A summary', submit: 'Go', running: 'Going', again: 'Again',
  form: { name: textField({ label: 'Name' }) },
  steps: ['Wave'],
  run: async ({ input, step }) => ({ title: await step('Wave', () => \`Hello \${input.name as string}\`) }),
})
`
}
