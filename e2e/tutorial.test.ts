import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { launchBrowser } from './harness/browser.ts'
import { createClient } from './harness/client.ts'
import { processesAt, temporaryFolder } from './harness/machine.ts'
import { AUTHOR, packProduct } from './harness/package.ts'
import { freePort } from './harness/product.ts'
import { sandboxAt } from './harness/sandbox.ts'
import { type Block, blocksOf, createFollower } from './harness/tutorial.ts'
import { visit } from './harness/visitor.ts'

const PAGE = join(import.meta.dirname, '../docs/tutorial/your-first-mashup.md')
const FILE = 'mashups/first-note.ts'
/** A server that starts again, on a machine that does other things as well. */
const PATIENCE = { timeout: 20_000, interval: 100 }
/** npm installs twice, and the compiler runs; half a minute where nothing else does. */
const ALL_OF_IT_MS = 240_000

test(
  'docs/tutorial/your-first-mashup.md, followed to the letter with the packed package in an empty folder',
  async () => {
    const place = await temporaryFolder()
    await packProduct(join(place, 'clone'))
    const folder = join(place, 'empty')
    await mkdir(folder)
    const [port, sandboxPort] = [await freePort(), await freePort()]
    const product = { url: `http://localhost:${port}`, sandboxUrl: `http://127.0.0.1:${sandboxPort}` }

    const sections = blocksOf(await readFile(PAGE, 'utf8'))
    const followed = new Set<Block>()
    const blocks = (heading: string, language: string) => {
      const found = sections.get(heading)?.filter((block) => block.language === language) ?? []
      expect(found, `${heading}: ${language}`).not.toEqual([])
      for (const block of found) followed.add(block)
      return found
    }
    const follower = createFollower(folder, ['npx trivet dev'])
    const follow = async (heading: string, language: string) => {
      for (const block of blocks(heading, language)) await follower.follow(block)
    }
    onTestFinished(follower.stop)

    // The numbers are the reader's own.
    const [settings] = blocks('A mash-up that works', 'ini')
    const numbers = settings?.text
      .replace(/^PORT=\d+$/m, `PORT=${port}`)
      .replace(/^(TRIVET_SANDBOX_PORT)=\d+$/m, `$1=${sandboxPort}`)
    await writeFile(join(folder, '.env'), numbers ?? '')
    await follow('A mash-up that works', 'sh')
    const [ready] = blocks('A mash-up that works', 'text')
    await expect.poll(follower.output, PATIENCE).toContain(ready?.text.trim().replace('3000', String(port)))

    const browser = await launchBrowser()
    onTestFinished(() => browser.close())
    const { page, complaints, atSandbox } = await visit(browser, product)
    const site = createClient(product.url)
    const form = async () => (await site.get('/first-note')).text
    const starts = () => follower.output().split('Trivet is ready').length
    /** Does something that has the server start again, and waits until it has. */
    const changing = async (work: Promise<void>) => {
      const before = starts()
      await work
      await expect.poll(starts, PATIENCE).toBe(before + 1)
    }
    const send = async (line: string) => {
      await page.goto(`${product.url}/first-note`)
      await page.locator('#line').fill(line)
      await page.locator('#submit').click()
    }
    const drive = async () => {
      const sandbox = sandboxAt(product.sandboxUrl)
      const files = await sandbox.files()
      return Promise.all(files.map(async (file) => (await sandbox.contentOf(file)).toString()))
    }

    await send('Milk, <b>bread</b>')
    await agreeAs(page, 'ana')
    await page.getByRole('heading', { name: 'Your line is in your Drive' }).waitFor()
    expect(await drive()).toEqual(['Milk, <b>bread</b>'])
    const pagesOfGoogle = atSandbox.length
    await send('And eggs')
    await page.getByRole('heading', { name: 'Your line is in your Drive' }).waitFor()
    expect(atSandbox).toHaveLength(pagesOfGoogle)

    const [shown] = blocks('What is in the file', 'ts')
    expect(await readFile(join(folder, FILE), 'utf8')).toBe(shown?.text)

    await changing(follow('Another question', 'diff'))
    expect(await form()).toContain('id="mood"')
    await changing(follow('Another account', 'diff'))
    expect(await form()).toContain('to sign the note with your name')
    await send('Signed')
    await agreeAs(page, 'ana')
    await page.getByRole('heading', { name: 'Your line is in your Drive' }).waitFor()
    expect((await drive()).join('\n')).toMatch(/Signed\n\n\S.*, sunny\n/)

    await changing(follow('When something fails', 'diff'))
    await send('Twice')
    await page.getByRole('heading', { name: 'Your line is in your Drive' }).waitFor()
    expect(await page.locator('[data-step="Ask for your name"]').textContent()).toContain('2 attempts')

    const [mistake, mended] = blocks('A mistake in the file', 'diff')
    const [fault] = blocks('A mistake in the file', 'text')
    if (!mistake || !mended || !fault) throw new Error('the section has a mistake, what is seen, and the way back')
    await changing(follower.follow(mistake))
    await page.goto(product.url)
    expect(await page.locator('[id="broken-first-note.ts"]').textContent()).toContain(fault.text.trim())
    expect(follower.output()).toContain(`Mash-up ${fault.text.trim()} is left out: `)
    expect((await site.get('/cats')).status).toBe(200)
    await changing(follower.follow(mended))
    expect(await form()).toContain('id="mood"')

    await follow('A mistake in the file', 'json')
    await follow('A mistake in the file', 'sh')
    const final = await readFile(join(folder, FILE), 'utf8')
    expect(final.split('\n').length).toBeLessThanOrEqual(80)
    await writeFile(join(folder, FILE), final.replace('input.line', 'input.lien'))
    await expect(promisify(execFile)('npx', ['tsc'], { cwd: folder, env: AUTHOR })).rejects.toMatchObject({
      stdout: expect.stringMatching(/first-note\.ts\(\d+,\d+\): error TS\d+: Property 'lien' does not exist/),
    })

    const left = [...sections.values()].flat().filter((block) => !followed.has(block))
    expect(left).toEqual([])
    expect(complaints).toEqual([])
    await follower.stop()
    expect((await readdir(folder)).sort()).toEqual(
      ['.env', '.trivet', 'mashups', 'node_modules', 'package-lock.json', 'package.json', 'tsconfig.json'].sort(),
    )
    await expect.poll(() => processesAt(folder), PATIENCE).toEqual([])
  },
  ALL_OF_IT_MS,
)

/** Signs in at the sandbox, whoever it plays, and allows what is asked. */
async function agreeAs(page: Page, persona: string): Promise<void> {
  await page.locator(`#persona-${persona}`).click()
  await page.locator('#consent-allow').click()
}
