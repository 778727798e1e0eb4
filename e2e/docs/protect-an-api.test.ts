import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../harness/machine.ts'
import { freePort } from '../harness/product.ts'
import { useSite } from '../harness/site.ts'
import { blocksOf } from '../harness/tutorial.ts'
import { read } from './repository.ts'

const PAGE = read('docs/how-to/protect-an-api.md')
const site = useSite()

test('docs/how-to/protect-an-api.md: service, route and commands, to the letter', async () => {
  const port = String(await freePort())
  // Where the page names ports, this machine has others.
  const here = (text: string) =>
    text.replaceAll('http://localhost:3000', site.product.url).replaceAll(/(?<=127\.0\.0\.1:|listen\()4000/g, port)
  const folder = await temporaryFolder()
  const blocks = [...blocksOf(PAGE).values()].flat()
  const file = (name: string) => here(blocks.find((block) => block.file === name)?.text ?? '')
  await writeFile(join(folder, 'service.mjs'), file('service.mjs'))
  await writeFile(join(site.product.directory, 'trivet.yaml'), file('trivet.yaml'))
  await expect
    .poll(() =>
      site
        .client()
        .get('/notes/1')
        .then(({ status }) => status),
    )
    .toBe(401)

  const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => here(text))
  const script = [`trap 'kill $(jobs -p)' EXIT`, ...commands].join('\nsleep 0.3; echo; echo ----\n')
  const environment = { PATH: `${join(process.execPath, '..')}:${process.env['PATH']}` }
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: environment,
    timeout: 30_000,
  })
  const answers = stdout.split('----').flatMap((text) => (text.trim() === '' ? [] : [text.trim()]))
  const shown = blocks.filter(({ language }) => /^(text|json)$/.test(language)).map(({ text }) => here(text.trim()))
  const [refused, opened, little, revoked] = answers
  expect([refused, little, revoked]).toEqual([shown[0], shown[2], shown[3]])
  expect(JSON.parse(opened ?? '')).toEqual({
    ...JSON.parse(shown[1] ?? ''),
    client: expect.stringMatching(/^c_/),
  })
})
