import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { useSite } from '../harness/site.ts'
import { read } from './repository.ts'

const site = useSite()

/** The text of a page of ours, without its tags. */
async function textOf(path: string): Promise<string> {
  const { text } = await site.client().get(path)
  return text
    .replace(/<[^>]+>/g, '')
    .replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"')
}

test('docs/how-to/sandbox-faults.md: the sandbox takes every fault that is shown', async () => {
  const shown = [...read('docs/how-to/sandbox-faults.md').matchAll(/^\|.*`(\{"provider".*\})`/gm)]
  expect(shown.length).toBeGreaterThan(5)
  for (const [, fault = ''] of shown) {
    const response = await fetch(`${site.sandbox.url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: fault,
    })
    expect(response.status, fault).toBe(201)
  }
})

test('docs/how-to/sandbox-faults.md: what happens at once happens', async () => {
  const shown = [
    ...read('docs/how-to/sandbox-faults.md').matchAll(/^curl -X POST \S+:3001(\/faults\/\S+) .* -d '(.*)'$/gm),
  ]
  expect(shown.length).toBeGreaterThan(4)
  for (const [, path = '', body = ''] of shown) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${site.sandbox.url}${path}`, { method: 'POST', headers, body })
    expect(response.status, `${path} ${body}`).toBe(200)
  }
  for (const page of ['/google/drive', '/discord/accounts']) {
    expect((await fetch(`${site.sandbox.url}${page}`)).status, page).toBe(200)
  }
})

test.each([
  { file: 'docs/how-to/real-google.md', provider: 'google', actions: 12, atPortal: 9 },
  { file: 'docs/how-to/real-discord.md', provider: 'discord', actions: 11, atPortal: 8 },
])('$file has the actions of /setup/$provider, word for word where they are bold', async (told) => {
  const page = await textOf(`/setup/${told.provider}`)
  const actions = read(told.file).match(/^\d+\. .*$/gm) ?? []
  expect(actions).toHaveLength(told.actions)
  const bold = actions
    .slice(0, told.atPortal)
    .flatMap((action) => [...action.matchAll(/\*\*([^*]+)\*\*/g)].map(([, word = '']) => word))
  expect(bold.length).toBeGreaterThan(8)
  expect(bold.filter((word) => !page.includes(word))).toEqual([])
  expect(page).toContain(`/connect/${told.provider}/callback`)
})

test('docs/how-to/own-dicebear.md counts the licences of the styles that are installed', async () => {
  const manifest = findPackageJSON('@dicebear/styles', import.meta.url) ?? ''
  const { version, exports } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    version: string
    exports: Record<string, { default: string }>
  }
  const styles = Object.entries(exports).filter(([name]) => /^\.\/(?!package)[a-z-]+\.json$/.test(name))
  const licences = styles.map(([, { default: file }]) => {
    const { meta } = JSON.parse(readFileSync(join(dirname(manifest), file), 'utf8')) as {
      meta: { license: { name: string } }
    }
    return meta.license.name.replace(/\.$/, '')
  })
  const section = read('docs/how-to/own-dicebear.md').split('\n## Licences of the styles\n')[1] ?? ''
  expect(section).toContain(`the ${styles.length} styles of \`@dicebear/styles\` ${version}`)
  const told = [...section.matchAll(/^\| (\S[^|]*?) \| (\d+) \|/gm)].map(([, licence, count]) => [
    licence,
    Number(count),
  ])
  const counted = [...Map.groupBy(licences, (licence) => licence)].map(([licence, all]) => [licence, all.length])
  expect(new Map(told as [string, number][])).toEqual(new Map(counted as [string, number][]))
})
