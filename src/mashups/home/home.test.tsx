import { describe, expect, it } from 'vitest'
import { mashup, type Run } from '#runs'
import { type PageContext, renderPage } from '#ui'
import { HomePage } from './home-page.tsx'
import { SYSTEMS } from './systems.ts'

const PAGE: PageContext = {
  asset: (name) => `/base/assets/${name}`,
  href: (path) => `/base${path}`,
  sandbox: false,
  csrf: 'token',
}
const cats = mashup('cats', {
  title: 'A cat for your Drive',
  summary: '',
  path: '/cats',
  action: 'create_cat_request',
  submit: '',
  running: '',
  again: '',
  form: {},
  connect: {},
  use: {},
  steps: [],
  run: async () => ({ title: 'Done' }),
})
const RUN: Run = {
  id: 'r-1',
  ownerId: 'o-1',
  mashup: 'cats',
  version: 'v',
  input: {},
  submission: null,
  connections: {},
  status: 'succeeded',
  pause: null,
  progress: 1,
  message: null,
  result: { title: '<b>Bengal</b>' },
  error: null,
  revision: 1,
  createdAt: new Date(0),
  startedAt: null,
  finishedAt: null,
}
const show = (more: Partial<Parameters<typeof HomePage>[0]> = {}) =>
  renderPage(
    <HomePage
      page={PAGE}
      mashups={[cats]}
      broken={{ files: [], reasons: true }}
      runs={[]}
      title={(run) => run.result?.title ?? run.mashup}
      {...more}
    />,
  )
const cardOf = (html: string, id: string) => {
  const at = html.indexOf(`id="card-${id}"`)
  const ends = [html.indexOf('id="card-', at + 5), html.indexOf('</main>', at)].filter((end) => end > 0)
  return html.slice(html.lastIndexOf('<', at), Math.min(...ends))
}

describe('the first page', () => {
  it('has a card for every system of the product', () => {
    const html = show()
    for (const { id, title } of SYSTEMS) expect(cardOf(html, id)).toContain(title)
    expect(SYSTEMS.map(({ id }) => id)).toEqual(['cats', 'avatars', 'uploads', 'labs', 'apps'])
  })

  it('a card leads to its page where there is one, and says so where there is none yet', () => {
    const html = show()
    expect(cardOf(html, 'cats')).toContain('href="/base/cats"')
    expect(cardOf(html, 'cats')).not.toContain('not there yet')
    expect(cardOf(html, 'apps')).toContain('href="/base/account"')
    for (const id of ['avatars', 'uploads', 'labs']) {
      expect(cardOf(html, id)).toContain('not there yet')
      expect(cardOf(html, id)).not.toContain('href=')
    }
    expect(cardOf(show({ mashups: [] }), 'cats')).toContain('not there yet')
  })

  it('lists the last runs, if there are any, as text', () => {
    expect(show()).not.toContain('id="recent-runs"')
    const html = show({ runs: [RUN] })
    expect(html).toContain('<a href="/base/runs/r-1">&lt;b>Bengal&lt;/b></a>')
    expect(html).toContain('succeeded')
  })

  it('has cards for mash-ups of one’s own', () => {
    const own = { ...cats, id: 'hello', path: '/hello', title: 'Hello', summary: 'Says <hello>' }
    const html = show({ mashups: [cats, own] })
    expect(cardOf(html, 'hello')).toContain('href="/base/hello"')
    expect(html).toContain('Says &lt;hello>')
  })

  it('says of a file that is broken where and why, and to strangers only that it is', () => {
    const files = [
      { file: 'mashups/hello.ts', line: 4, message: 'Expected <,>' },
      { file: 'mashups/b.ts', message: 'No' },
    ]
    const html = show({ broken: { files, reasons: true } })
    expect(html).toContain('id="broken-hello.ts"')
    expect(html).toContain('mashups/hello.ts:4')
    expect(html).toContain('Expected &lt;,>')
    expect(html).toContain('mashups/b.ts<')
    const closed = show({ broken: { files, reasons: false } })
    expect(closed).toContain('id="broken-hello.ts"')
    expect(closed).not.toContain('mashups/')
    expect(closed).not.toContain('Expected')
  })

  it('has nothing inline', () => {
    expect(show({ runs: [RUN] })).not.toMatch(/\sstyle=|\son[a-z]+="|<style/)
  })
})
