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

test('docs/how-to/real-google.md has the actions of /setup/google, word for word where they are bold', async () => {
  const page = await textOf('/setup/google')
  const actions = read('docs/how-to/real-google.md').match(/^\d+\. .*$/gm) ?? []
  expect(actions).toHaveLength(12)
  const bold = actions
    .slice(0, 9)
    .flatMap((action) => [...action.matchAll(/\*\*([^*]+)\*\*/g)].map(([, word = '']) => word))
  expect(bold.length).toBeGreaterThan(10)
  expect(bold.filter((word) => !page.includes(word))).toEqual([])
  expect(page).toContain('/connect/google/callback')
})
