import { expect } from 'vitest'
import { newId } from '#base'
import type { PageContext, VNode } from '#ui'
import { renderPage } from '#ui'
import type { Run, RunStep } from '../run-view.ts'

const AT = new Date('2026-11-20T09:00:00Z')

/** What a page knows, with a base path, so that a link that forgot `href` shows. */
export const PAGE: PageContext = {
  asset: (name) => `/base/assets/${name}`,
  href: (path) => (path.startsWith('/') ? `/base${path}` : path),
  sandbox: false,
  csrf: 'token-of-this-page',
}

/** Text of others that must arrive as text, wherever it is shown. */
export const NASTY = `<img src=x onerror="alert(1)">&'`

/** The page as HTML, after what holds for every one of them: nothing inline (CSP), nothing unescaped, ids once. */
export function render(page: VNode): string {
  const html = renderPage(page)
  expect(html).not.toMatch(/\sstyle=|\son[a-z]+="|<style|javascript:/)
  expect(html.replaceAll(/<script type="module" src="[^"]+"><\/script>/g, '')).not.toMatch(
    /<script(?! type="application)/,
  )
  expect(html).not.toContain('<img src=x')
  const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  for (const [, link = ''] of html.matchAll(/\s(?:href|action|src)="([^"]+)"/g)) {
    expect(link).toMatch(/^(\/base\/|https:\/\/|#|data:)/)
  }
  return html
}

export function runOf(of: Partial<Run>): Run {
  return {
    id: newId(),
    ownerId: newId(),
    mashup: 'parcel',
    version: 'v',
    input: {},
    submission: null,
    connections: {},
    status: 'running',
    pause: null,
    progress: 0.25,
    message: null,
    result: null,
    error: null,
    revision: 7,
    createdAt: AT,
    startedAt: AT,
    finishedAt: null,
    ...of,
  }
}

export function stepOf(of: Partial<RunStep> & Pick<RunStep, 'name' | 'status'>): RunStep {
  return { attempts: 1, startedAt: AT, finishedAt: null, message: null, revision: 7, ...of }
}
