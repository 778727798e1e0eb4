import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './harness/machine.ts'

/** In place of the server: refuses to start beside another one, as the data directory makes it, and ends slowly. */
const SERVER = `
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
const note = (what) => appendFileSync('notes', what + '\\n')
if (existsSync('in-use')) { note('refused'); process.exit(1) }
writeFileSync('in-use', '')
note('started')
process.on('SIGTERM', () => setTimeout(() => { rmSync('in-use'); note('ended'); process.exit(0) }, 800))
setInterval(() => undefined, 1000)`

/** The script itself, on a tiny product. */
async function startDev(): Promise<{ child: ChildProcess; change(): Promise<void>; notes(): Promise<string[]> }> {
  const folder = await temporaryFolder()
  for (const name of ['scripts', 'src', 'sandbox/src', 'dist']) await mkdir(join(folder, name), { recursive: true })
  await cp(join(import.meta.dirname, '../scripts/dev.mjs'), join(folder, 'scripts/dev.mjs'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'scripts/build.mjs'), '')
  await writeFile(join(folder, 'dist/main.js'), SERVER)
  const child = spawn(process.execPath, ['scripts/dev.mjs'], { cwd: folder, stdio: 'ignore' })
  onTestFinished(async () => {
    if (child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  })
  let changes = 0
  return {
    child,
    change: () => {
      changes += 1
      return writeFile(join(folder, 'src/a.ts'), String(changes))
    },
    notes: async () => (await readFile(join(folder, 'notes'), 'utf8').catch(() => '')).split('\n').filter(Boolean),
  }
}

const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

test('npm run dev: changes while the old server ends start one new server, once it has ended', async () => {
  const dev = await startDev()
  await expect.poll(dev.notes, { timeout: 10_000 }).toEqual(['started'])
  await dev.change()
  // Longer apart than changes are gathered (150 ms), and all before the old one has ended.
  await after(300)
  await dev.change()
  await after(300)
  await dev.change()
  await expect.poll(dev.notes, { timeout: 10_000 }).toEqual(['started', 'ended', 'started'])
  await after(1000)
  expect(await dev.notes()).toEqual(['started', 'ended', 'started'])
})
