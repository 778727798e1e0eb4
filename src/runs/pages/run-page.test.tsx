import { describe, expect, it } from 'vitest'
import type { FileRef } from '#storage'
import type { Pause, Run, RunStep } from '../run-view.ts'
import { viewOf } from '../testing/accounts.fixture.ts'
import { NASTY, PAGE, render, runOf, stepOf } from '../testing/page.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'
import { RunPage } from './run-page.tsx'

const { mashup } = createScript()
const show = (run: Run, more: Partial<Parameters<typeof RunPage>[0]> = {}) =>
  render(<RunPage page={PAGE} run={run} steps={[]} mashup={mashup} accounts={[]} now={new Date()} {...more} />)

const titleOf = (html: string) => /<h1[^>]*>([^<]*)</.exec(html)?.[1]
const stepsOf = (html: string) =>
  [...html.matchAll(/data-step="([^"]+)" data-status="([^"]+)"/g)].map(([, name, status]) => `${name} ${status}`)
const isLive = (html: string) => html.includes('/base/assets/run.js')
/** Seconds after which the page loads itself anew, without JavaScript only. */
const refreshes = (html: string) =>
  /<noscript><meta http-equiv="refresh" content="(\d+)"\/><\/noscript>/.exec(html)?.[1]
const canCancel = (html: string) => html.includes('id="cancel"')

const PAUSE: Pause = {
  reason: 'needs_reconnect',
  provider: 'parcel',
  scopes: ['parcels', 'stamps'],
  connection_id: 'c-1',
  message: 'Parcel no longer lets us in.',
}
const FILE: FileRef = { id: 'f-1', name: 'cat.png', type: 'image/png', size: 2048, sha256: 'ab' }

describe('a run that is at work', () => {
  const steps: RunStep[] = [
    stepOf({ name: 'pack', status: 'done', finishedAt: new Date('2026-11-20T09:00:02.5Z'), message: 'one box' }),
    stepOf({ name: 'stamp', status: 'running', attempts: 3 }),
  ]
  const html = show(runOf({ message: 'uploading 1 of 2 MB' }), { steps })

  it('shows its steps, those to come too, the bar and the sentence', () => {
    expect(titleOf(html)).toBe('Sending your parcel')
    expect(stepsOf(html)).toEqual(['pack done', 'stamp running', 'send waiting'])
    expect(html).toMatch(/<progress id="progress"[^>]* max="100" value="25"/)
    expect(html).toContain('uploading 1 of 2 MB')
    expect(html).toContain('one box')
    expect(html).toContain('2.5 s')
    expect(html).toContain('3 attempts')
    expect(html.match(/aria-current="step"/g)).toHaveLength(1)
  })

  it('can be cancelled, by a form with the token', () => {
    expect(html).toMatch(/<form [^>]*action="\/base\/runs\/[0-9a-f-]{36}\/cancel"[^>]*method="post"/)
    expect(html).toContain('name="csrf" value="token-of-this-page"')
    expect(canCancel(html)).toBe(true)
  })

  it('is live with JavaScript and refreshes itself without', () => {
    expect(isLive(html)).toBe(true)
    expect(html).toMatch(
      /<run-live data-events="\/base\/api\/runs\/[0-9a-f-]{36}\/events" data-status="running" data-revision="7"/,
    )
    expect(refreshes(html)).toBe('2')
  })

  it('queued: it says that it waits for its turn', () => {
    const queued = show(runOf({ status: 'queued', progress: 0, startedAt: null }))
    expect(queued).toContain('waiting for its turn')
    expect([canCancel(queued), isLive(queued), refreshes(queued)]).toEqual([true, true, '2'])
  })
})

describe('a run that waits for its owner', () => {
  it.each<[Pause['reason'], string, string]>([
    ['connection_required', 'An account is needed', 'Connect Parcel'],
    ['needs_reconnect', 'The account has to be connected again', 'Reconnect Parcel as ana@parcel.example'],
    ['missing_scope', 'A permission is missing', 'Reconnect Parcel as ana@parcel.example'],
  ])('%s: the reason, one button, and Cancel', (reason, heading, button) => {
    const { connection_id: _, ...fresh } = PAUSE
    const account = { ...viewOf('ana@parcel.example'), id: 'c-1' }
    const pause = reason === 'connection_required' ? { ...fresh, reason } : { ...PAUSE, reason }
    const html = show(runOf({ status: 'paused', pause }), { accounts: [account] })
    expect(titleOf(html)).toBe('Sending your parcel: waiting for you')
    expect(html).toContain('id="pause"')
    expect(html).toContain(heading)
    expect(html).toContain('Parcel no longer lets us in.')
    expect(html).toMatch(new RegExp(`<button id="reconnect"[^>]*>${button}</button>`))
    expect(html).toContain('action="/base/connect/parcel"')
    expect(html).toContain('name="scopes" value="parcels stamps"')
    expect(html).toMatch(/name="return_to" value="\/runs\/[0-9a-f-]{36}"/)
    expect(html.includes('name="connection" value="c-1"')).toBe(reason !== 'connection_required')
    expect([canCancel(html), isLive(html)]).toEqual([true, true])
  })

  it('gives more time to read before it refreshes itself; it may go on in another tab', () => {
    expect(refreshes(show(runOf({ status: 'paused', pause: PAUSE })))).toBe('5')
  })

  it('says so when the person comes back from the provider without having connected the account', () => {
    const paused = runOf({ status: 'paused', pause: PAUSE })
    expect(show(paused)).not.toContain('id="connect-notice"')
    expect(show(paused, { back: 'denied' })).toContain('You did not give the permission')
    // Not on a run that has gone on meanwhile.
    expect(show(runOf({ status: 'running' }), { back: 'denied' })).not.toContain('id="connect-notice"')
  })
})

describe('a run that failed', () => {
  const error = { code: 'drive_full', message: 'Your Drive is full.' }
  const steps = [
    stepOf({ name: 'pack', status: 'done' }),
    stepOf({ name: 'stamp', status: 'failed', message: 'Full.' }),
  ]
  const run = runOf({ status: 'failed', error, finishedAt: new Date('2026-11-20T09:00:09Z') })
  const html = show(run, { steps })

  it('says what happened and offers Retry, and the form with what was entered', () => {
    expect(titleOf(html)).toBe('Sending your parcel: it did not work')
    expect(html).toContain('id="failure"')
    expect(html).toContain('role="alert"')
    expect(html).toContain('Your Drive is full.')
    expect(html).toContain('id="retry"')
    expect(html).toContain(`action="/base/runs/${run.id}/retry"`)
    expect(html).toContain(`href="/base/parcel?run=${run.id}"`)
    expect(stepsOf(html)).toEqual(['pack done', 'stamp failed', 'send waiting'])
  })

  it('is over: no Cancel, no island, no refresh', () => {
    expect([canCancel(html), isLive(html), refreshes(html)]).toEqual([false, false, undefined])
  })
})

it('a cancelled run says that steps stay done, and can be begun again', () => {
  const run = runOf({ status: 'cancelled', finishedAt: new Date() })
  const html = show(run, { steps: [stepOf({ name: 'pack', status: 'cancelled' })] })
  expect(titleOf(html)).toBe('Sending your parcel: cancelled')
  expect(html).toContain('id="cancelled"')
  expect(html).toContain(`href="/base/parcel?run=${run.id}"`)
  expect(html).not.toContain('id="retry"')
  expect([canCancel(html), isLive(html), refreshes(html)]).toEqual([false, false, undefined])
})

describe('a run that succeeded', () => {
  const run = runOf({
    status: 'succeeded',
    progress: 1,
    finishedAt: new Date('2026-11-20T09:00:09Z'),
    result: {
      title: 'A Bengal is in your Drive',
      text: 'Have a look.',
      image: { file: FILE, alt: 'A Bengal cat', width: 640, height: 480 },
      table: [{ name: 'Breed', value: 'Bengal' }],
      links: [
        { href: 'https://drive.example/1', label: 'Open in Drive' },
        { href: 'https://wiki.example/bengal', label: 'About the Bengal' },
      ],
      file: FILE,
    },
  })
  const html = show(run)

  it('is its result: title, text, picture, facts, links, file, and one more', () => {
    expect(titleOf(html)).toBe('A Bengal is in your Drive')
    expect(html).toContain('Have a look.')
    expect(html).toMatch(
      new RegExp(`id="result-image" src="/base/runs/${run.id}/files/f-1" alt="A Bengal cat" width="640" height="480"`),
    )
    expect(html).toMatch(/<dt>Breed<\/dt><dd>Bengal<\/dd>/)
    expect(html).toMatch(/id="result-link-0"[^>]*href="https:\/\/drive.example\/1"[^>]*rel="noopener noreferrer"/)
    expect(html).toContain('About the Bengal')
    expect(html).toMatch(
      new RegExp(`id="result-file"[^>]*href="/base/runs/${run.id}/files/f-1"[^>]*download="cat.png"`),
    )
    expect(html).toMatch(/id="again"[^>]*href="\/base\/parcel"[^>]*>Send another parcel</)
  })

  it('needs no bar any more, no Cancel, no island, no refresh', () => {
    expect(html).not.toContain('<progress')
    expect([canCancel(html), isLive(html), refreshes(html)]).toEqual([false, false, undefined])
  })

  it('a result that is only a title is a page, too', () => {
    expect(titleOf(show(runOf({ status: 'succeeded', result: { title: 'Done' } })))).toBe('Done')
  })
})

describe('text of others is text, wherever it is shown', () => {
  it.each<[string, Partial<Run>]>([
    ['sentence', { message: NASTY }],
    ['pause', { status: 'paused', pause: { ...PAUSE, message: NASTY, provider: 'parcel' } }],
    ['error', { status: 'failed', error: { code: 'x', message: NASTY } }],
    [
      'result',
      {
        status: 'succeeded',
        result: {
          title: NASTY,
          text: NASTY,
          image: { file: FILE, alt: NASTY },
          table: [{ name: NASTY, value: NASTY }],
          links: [{ href: 'https://x.example/', label: NASTY }],
          file: { ...FILE, name: NASTY },
        },
      },
    ],
  ])('%s', (_where, of) => {
    expect(show(runOf(of))).toContain('&lt;img src=x onerror=')
  })

  it('step names and messages, account names', () => {
    const steps = [stepOf({ name: NASTY, status: 'running', message: NASTY })]
    const html = show(runOf({ status: 'paused', pause: PAUSE }), { steps, accounts: [{ ...viewOf(NASTY), id: 'c-1' }] })
    expect(html.match(/&lt;img src=x/g)?.length).toBeGreaterThanOrEqual(3)
  })

  it('a link of a result goes to the web or to a page of ours: no script, no data', () => {
    const links = [
      'javascript:alert(1)',
      ' JavaScript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      '//evil.example',
      '/\\evil.example',
      'https://ok.example/',
    ].map((href) => ({ href, label: 'Look' }))
    const html = show(runOf({ status: 'succeeded', result: { title: 'Done', links } }))
    expect([...html.matchAll(/id="result-link-\d"[^>]*href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
      'https://ok.example/',
    ])
  })
})

it('a run of a mash-up that is gone is shown all the same, without a button that could not work', () => {
  const failed = show(runOf({ status: 'failed', error: { code: 'mashup_changed', message: 'Changed.' } }), {
    mashup: undefined,
    steps: [stepOf({ name: 'old step', status: 'done' })],
  })
  expect(titleOf(failed)).toBe('parcel: it did not work')
  expect(stepsOf(failed)).toEqual(['old step done'])
  expect(failed).not.toContain('id="retry"')
})
