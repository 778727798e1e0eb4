import { describe, expect, it } from 'vitest'
import type { Need } from '../needs.ts'
import { viewOf } from '../testing/accounts.fixture.ts'
import { NASTY, PAGE, render } from '../testing/page.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'
import { FormPage, type FormPageProps } from './form-page.tsx'

const { mashup } = createScript()
const ana = viewOf('ana@parcel.example')
const NEED: Need = {
  name: 'sender',
  provider: 'parcel',
  providerName: 'Parcel',
  source: 'real',
  scopes: ['parcels'],
  why: 'to send one parcel',
  allows: ['use parcels', 'see stamps'],
  usability: { status: 'missing' },
}
const show = (more: Partial<FormPageProps> = {}) =>
  render(
    <FormPage
      page={PAGE}
      mashup={mashup}
      loaded={{ to: undefined }}
      texts={{}}
      errors={{}}
      submission="s-1"
      needs={[NEED]}
      sources={[]}
      accounts={[]}
      notice={undefined}
      {...more}
    />,
  )
const textOf = (html: string, id: string) =>
  (new RegExp(`id="${id}"[^>]*>(.*?)</div></div>`).exec(html)?.[1] ?? '').replaceAll(/<[^>]+>/g, '')

describe('the form', () => {
  it('has its fields, the token, the submission and one button', () => {
    const html = show()
    expect(html).toMatch(/<form id="start"[^>]*action="\/base\/parcel\/send_parcel"[^>]*method="post"/)
    expect(html).toContain('name="csrf" value="token-of-this-page"')
    expect(html).toContain('name="submission" value="s-1"')
    expect(html).toContain('<input name="to"')
    expect(html).toMatch(/<button id="submit"[^>]*>Send the parcel<\/button>/)
  })

  it('keeps what was typed beside every error, escaped', () => {
    const html = show({ texts: { to: NASTY }, errors: { to: `${NASTY} is no place.` } })
    expect(html).toContain('value="&lt;img src=x')
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;>&amp;' is no place.")
    expect(html).toContain('href="#to"')
  })
})

describe('what will be asked is said beforehand', () => {
  it('an account that is not connected: who will ask, for what, and why', () => {
    expect(textOf(show(), 'consent-sender')).toBe(
      'Parcel will ask you to let Trivet use parcels, and see stamps, to send one parcel. You can take that back at any time.',
    )
  })

  it.each(['needs_reconnect', 'missing_scope'] as const)('%s: as whom it is asked again', (status) => {
    const html = show({ needs: [{ ...NEED, usability: { status, connection: ana, missing: [] } }] })
    expect(textOf(html, 'consent-sender')).toContain('Parcel will ask you again, as ana@parcel.example, to let Trivet')
  })

  it('a connected one: as whom it will be done, and that nothing more is asked', () => {
    const html = show({ needs: [{ ...NEED, usability: { status: 'usable', connection: ana } }], accounts: [ana] })
    expect(textOf(html, 'consent-sender')).toBe(
      'As ana@parcel.example at Parcel, to send one parcel. Nothing more will be asked. Use another account',
    )
  })

  it('several: a choice, the one that would be used chosen beforehand', () => {
    const bob = viewOf('bob@parcel.example')
    const dead = viewOf('dead@parcel.example', 'needs_reconnect')
    const elsewhere = { ...viewOf('x@other.example'), provider: 'other' }
    const html = show({
      needs: [{ ...NEED, usability: { status: 'usable', connection: bob } }],
      accounts: [ana, bob, dead, elsewhere],
    })
    expect(html).toContain('name="account_sender"')
    expect(html).toMatch(new RegExp(`<option[^>]*value="${ana.id}"[^>]*>ana@parcel.example`))
    expect(html).toMatch(new RegExp(`<option[^>]*(selected[^>]*value="${bob.id}"|value="${bob.id}"[^>]*selected)`))
    expect(html).not.toContain('dead@parcel.example')
    expect(html).not.toContain('x@other.example')
  })
})

it.each([
  ['denied', 'You did not give the permission'],
  ['expired', 'That took too long'],
  ['failed', 'Parcel could not be connected'],
] as const)('back from the provider: %s says so, and that nothing was lost', (notice, heading) => {
  const html = show({ notice, texts: { to: 'Oslo' } })
  expect(html).toContain(heading)
  expect(html).toMatch(/what you chose is still here/i)
  expect(html).toContain('value="Oslo"')
})

it('a provider that is not set up: the button does nothing, and the page says where that is mended', () => {
  const html = show({ needs: [{ ...NEED, source: 'unset' }] })
  expect(html).toContain('Parcel is not set up on this server')
  expect(html).toContain('href="/base/setup/parcel"')
  expect(html).toMatch(/<button id="submit"[^>]*disabled/)
})

describe('real and imitated services are told apart', () => {
  const real = { name: 'Parcel', source: 'real' } as const
  const played = { name: 'The Stamp API', source: 'sandbox' } as const

  it.each([
    ['all real: nothing to say', [real], undefined],
    ['all imitated', [played], 'The Stamp API is played by Trivet’s sandbox here: no real account is touched'],
    [
      'mixed: that is said as a warning',
      [played, real],
      'is played by Trivet’s sandbox here, but Parcel is the real one.',
    ],
  ])('%s', (_what, sources, text) => {
    const html = show({ sources })
    if (text === undefined) expect(html).not.toContain('id="sandbox-notice"')
    else expect(html).toContain(text)
  })
})
