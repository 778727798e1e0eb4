import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isStatus, runUntil } from '../harness/cats.ts'
import type { Client } from '../harness/client.ts'
import { agreeAtGoogle } from '../harness/consent.ts'
import { useSite } from '../harness/site.ts'

const PAGE = join(import.meta.dirname, '../../docs/explanation/flows/cats.md')
/** Participants of the diagrams that the sandbox plays. */
const PLAYED: Readonly<Record<string, string>> = { google: 'G', thecatapi: 'C' }

const site = useSite()

type Arrow = { readonly to: string; readonly request: string }

/** The requests of one diagram: solid arrows, `METHOD path`, ids as `:id` (answers are dashed); and those inside `opt`. */
function arrowsOf(heading: string): (Arrow & { readonly optional: boolean })[] {
  const section = readFileSync(PAGE, 'utf8').split(`\n## ${heading}\n`)[1]?.split('\n## ', 1)[0] ?? ''
  const diagram = /```mermaid\n(.*?)```/s.exec(section)?.[1] ?? ''
  let optional = false
  return diagram.split('\n').flatMap((line) => {
    if (/^\s*opt /.test(line)) optional = true
    if (/^\s*end$/.test(line)) optional = false
    const [, to, request] = /^\s*\w->>(\w): ((?:GET|POST|PUT) \S+)/.exec(line) ?? []
    return to === undefined || request === undefined ? [] : [{ to, request, optional }]
  })
}

/** A client that notes what it asks of the product. */
function noting(client: Client): { client: Client; asked: string[] } {
  const asked: string[] = []
  const note = (method: string, target: string) => {
    const url = new URL(target, site.product.url)
    if (url.origin === site.product.url) asked.push(`${method} ${withoutIds(url.pathname)}`)
  }
  return {
    asked,
    client: {
      ...client,
      get(target) {
        note('GET', target)
        return client.get(target)
      },
      form(target, action) {
        note('GET', target)
        return client.form(target, action)
      },
      postForm(target, fields, headers) {
        note('POST', target)
        return client.postForm(target, fields, headers)
      },
    },
  }
}

function withoutIds(path: string): string {
  return path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id').replace(/\/images\/[\w-]+\.\w+$/, '/images/:id')
}

/** What reached the sandbox, in order of arrival, as arrows' texts. */
async function playedRequests(): Promise<Arrow[]> {
  const response = await fetch(`${site.sandbox.url}/requests?since=0`)
  const all = (await response.json()) as { provider: string; method: string; path: string }[]
  return all.map(({ provider, method, path }) => ({
    to: PLAYED[provider] ?? provider,
    request: `${method} ${withoutIds(path.slice(provider.length + 1))}`,
  }))
}

function expectAsDrawn(heading: string, asked: readonly string[], played: readonly Arrow[]) {
  const happened = [...asked.map((request) => ({ to: 'T', request })), ...played]
  const drawn = arrowsOf(heading)
    .filter(
      ({ optional, to, request }) => !optional || happened.some((one) => one.to === to && one.request === request),
    )
    .map(({ to, request }) => ({ to, request }))
  expect(drawn.filter(({ to }) => to === 'T')).toEqual(happened.filter(({ to }) => to === 'T'))
  expect(drawn.filter(({ to }) => to !== 'T')).toEqual(played)
}

test('docs/explanation/flows/cats.md draws the requests of a first and a second cat, in their order', async () => {
  const { client, asked } = noting(site.client())
  const form = await client.form('/cats', '/cats/create_cat_request')
  const posted = await client.postForm(form.action, { ...form.fields, cat_breed: 'beng' })
  const callback = await agreeAtGoogle(client, posted.location, 'ana')
  const answered = await client.get(callback)
  await client.get(answered.location)
  const first = new URL(answered.location).pathname.slice('/runs/'.length)
  await runUntil(client, first, isStatus('succeeded'))
  expectAsDrawn('The first cat', asked, await playedRequests())

  asked.length = 0
  await site.sandbox.forgetRequests()
  const again = await client.form('/cats', '/cats/create_cat_request')
  const second = await client.postForm(again.action, { ...again.fields, cat_breed: 'beng' })
  await client.get(second.location)
  await runUntil(client, new URL(second.location).pathname.slice('/runs/'.length), isStatus('succeeded'))
  expectAsDrawn('The second cat', asked, await playedRequests())
})
