import { expect } from 'vitest'
import type { Client } from '../harness/client.ts'
import type { Site } from '../harness/site.ts'
import { read } from './repository.ts'

type Arrow = { readonly to: string; readonly request: string }

/** One page of diagrams: its participants that the sandbox plays, and what stands for a changing part of a path. */
export type Drawing = {
  /** From the root of the repository. */
  readonly page: string
  /** The sandbox's name of a service → its letter in the diagrams. */
  readonly played: Readonly<Record<string, string>>
  readonly placeholders?: readonly (readonly [RegExp, string])[]
}

/** Somebody without a screen, and the comparison of what happened since the one before with a diagram. */
export type Walk = {
  readonly client: Client
  /** A request of somebody else: of an app to the product, or of the browser to an app, whose letter `to` is. */
  note(method: string, target: string, to?: string): void
  /** Compares with the diagram below this heading: what the product was asked, and what the sandbox was, each in order. */
  expectAsDrawn(heading: string): Promise<void>
  /** What happened until now is not drawn. */
  forget(): Promise<void>
}

const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g

export function walkAlong(site: Site, drawing: Drawing): Walk {
  const asked: string[] = []
  const elsewhere: Arrow[] = []
  const withoutIds = (path: string) =>
    (drawing.placeholders ?? []).reduce((text, [part, name]) => text.replace(part, name), path.replace(ID, ':id'))
  const note = (method: string, target: string, to?: string) => {
    const url = new URL(target, site.product.url)
    if (to !== undefined) elsewhere.push({ to, request: `${method} ${url.pathname}` })
    else if (url.origin === site.product.url) asked.push(`${method} ${withoutIds(url.pathname)}`)
  }
  const forget = async () => {
    asked.length = 0
    elsewhere.length = 0
    await site.sandbox.forgetRequests()
  }
  return {
    forget,
    note,
    client: noting(site.client(), note),
    async expectAsDrawn(heading) {
      const atSandbox = (await recorded(site)).map(({ provider, method, path }) => ({
        to: drawing.played[provider] ?? provider,
        request: `${method} ${withoutIds(path.slice(provider.length + 1))}`,
      }))
      const played = [...elsewhere, ...atSandbox]
      const happened = [...asked.map((request) => ({ to: 'T', request })), ...played]
      const drawn = arrowsOf(drawing.page, heading)
        .filter(
          ({ optional, to, request }) => !optional || happened.some((one) => one.to === to && one.request === request),
        )
        .map(({ to, request }) => ({ to, request }))
      expect(drawn.filter(({ to }) => to === 'T')).toEqual(happened.filter(({ to }) => to === 'T'))
      expect(drawn.filter(({ to }) => to !== 'T')).toEqual(played)
      await forget()
    },
  }
}

/** What reached the sandbox, in order of arrival. */
async function recorded(site: Site): Promise<{ provider: string; method: string; path: string }[]> {
  const response = await fetch(`${site.sandbox.url}/requests?since=0`)
  return (await response.json()) as { provider: string; method: string; path: string }[]
}

/** The requests of one diagram: solid arrows, `METHOD path`, ids as `:id` (answers are dashed); and those inside `opt`. */
function arrowsOf(page: string, heading: string): (Arrow & { readonly optional: boolean })[] {
  const section = read(page).split(`\n## ${heading}\n`)[1]?.split('\n## ', 1)[0] ?? ''
  const diagram = /```mermaid\n(.*?)```/s.exec(section)?.[1] ?? ''
  let optional = false
  return diagram.split('\n').flatMap((line) => {
    if (/^\s*opt /.test(line)) optional = true
    if (/^\s*end$/.test(line)) optional = false
    const [, to, request] = /^\s*\w->>(\w): ((?:GET|POST|PUT) \S+)/.exec(line) ?? []
    return to === undefined || request === undefined ? [] : [{ to, request, optional }]
  })
}

/** A client that tells what it asks for. Reading a run as JSON, to wait for it, is the test's own. */
function noting(client: Client, note: (method: string, target: string) => void): Client {
  return {
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
  }
}
