import { expect, it } from 'vitest'
import type { RunStatus } from '../run-view.ts'
import { NASTY, PAGE, render, runOf } from '../testing/page.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'
import { RunsPage } from './runs-page.tsx'

const { mashup } = createScript()
const show = (runs: Parameters<typeof RunsPage>[0]['runs'], known: typeof mashup | undefined = mashup) =>
  render(<RunsPage page={PAGE} runs={runs} mashup={() => known} start="/parcel" />)

it.each<RunStatus>(['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'])(
  'a run that is %s: its title, how it stands, when it began',
  (status) => {
    const run = runOf({ status })
    const html = show([run])
    expect(html).toMatch(new RegExp(`<a href="/base/runs/${run.id}">A parcel for you</a>`))
    expect(html).toMatch(new RegExp(`class="tag [a-z]+">${status}<`))
    expect(html).toContain('datetime="2026-11-20T09:00:00.000Z"')
  },
)

it('a run with a result has its title, as text', () => {
  expect(show([runOf({ status: 'succeeded', result: { title: NASTY } })])).toContain('&lt;img src=x')
})

it('a run of a mash-up that is gone has at least its id', () => {
  const html = render(<RunsPage page={PAGE} runs={[runOf({})]} mashup={() => undefined} start="/" />)
  expect(html).toContain('>parcel</a>')
})

it('no runs: what they are, and where one begins', () => {
  const html = show([])
  expect(html).toContain('id="no-runs"')
  expect(html).toMatch(/id="start"[^>]*href="\/base\/parcel"/)
  expect(html).not.toContain('<table')
})
