import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '#base'
import { hiddenFields } from '../testing/browser.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'
import { createSite, type Site } from '../testing/site.fixture.ts'

let site: Site
const script = createScript()
beforeAll(async () => {
  site = await createSite({ mashups: [script.mashup] })
})
beforeEach(() => script.play({}))
afterAll(() => site.close())

const ACTION = '/parcel/send_parcel'
const runIdOf = (location: string) => location.split('/').at(-1) ?? ''

async function connected() {
  const person = await site.person()
  const account = site.rig.accounts.connect(person.ownerId, 'ana@parcel.example')
  return { ...person, account }
}

describe('GET of the form', () => {
  it('makes no row: a visitor only gets a mark for the form’s token', async () => {
    const count = async () => (await site.rig.execute('select count(*) from trivet.user_account'))[0]
    const before = await count()
    const visitor = site.visitor()
    const { status, body } = await visitor.get('/parcel')
    expect(status).toBe(200)
    expect(await count()).toEqual(before)
    expect([...visitor.cookies.keys()]).toEqual([expect.stringMatching(/-visit$/)])
    expect(hiddenFields(body)).toEqual({
      csrf: expect.any(String),
      submission: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  it('shows what the address brings, escaped', async () => {
    const { body } = await site.visitor().get('/parcel?to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E')
    expect(body).toContain('value="&quot;>&lt;script>')
    expect(body).not.toContain('<script>alert')
  })

  it('leaves form-action out of its CSP: Chromium applies that to every hop of the redirect to the provider', async () => {
    const { headers } = await site.visitor().get('/parcel')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('form-action')
  })

  it('a GET of the action starts nothing: it shows the form, filled in', async () => {
    const { browser, ownerId } = await connected()
    for (const path of [`${ACTION}?to=Oslo`, '/send_parcel?to=Oslo']) {
      expect(await browser.get(path)).toMatchObject({ status: 302, location: '/parcel?to=Oslo' })
    }
    expect(await site.rig.runs.list(ownerId, 10)).toEqual([])
  })
})

describe('POST of the form', () => {
  it('stores the run and goes to its page', async () => {
    const { browser, ownerId } = await connected()
    const { status, location } = await browser.submit('/parcel', ACTION, { to: 'Oslo' })
    expect(status).toBe(303)
    expect(location).toMatch(/^\/runs\/[0-9a-f-]{36}$/)
    expect(await site.rig.becomes(runIdOf(location), 'succeeded')).toMatchObject({ ownerId, input: { to: 'Oslo' } })
  })

  it('a visitor becomes a guest with it, and their run waits while they are sent to the provider', async () => {
    const visitor = site.visitor()
    const { status, location } = await visitor.submit('/parcel', ACTION, { to: 'Oslo' })
    expect([status, location]).toEqual([303, 'https://parcel.example/authorize'])
    const asked = site.rig.accounts.begun.at(-1)
    const [run] = await site.rig.runs.list(asked?.caller.ownerId ?? '', 10)
    expect(run).toMatchObject({ status: 'paused', startedAt: null, input: { to: 'Oslo' } })
    expect(asked).toMatchObject({
      caller: { kind: 'guest' },
      need: { provider: 'parcel', scopes: ['parcels'] },
      returnTo: `/runs/${run?.id}`,
      deniedTo: `/parcel?run=${run?.id}`,
    })
    // After a denial: the same form, filled in, and the same run behind it.
    const back = await visitor.get(`/parcel?run=${run?.id}&connect=denied`)
    expect(back.body).toContain('id="connect-notice"')
    expect(back.body).toContain('value="Oslo"')
    expect(hiddenFields(back.body)['submission']).toBe(run?.submission)
    await visitor.post(ACTION, { ...hiddenFields(back.body), to: 'Rome' })
    expect(await site.rig.runs.list(asked?.caller.ownerId ?? '', 10)).toMatchObject([
      { id: run?.id, input: { to: 'Rome' } },
    ])
  })

  it('sent twice, as by a double click, is one run', async () => {
    const { browser, ownerId } = await connected()
    const fields = { ...hiddenFields((await browser.get('/parcel')).body), to: 'Oslo' }
    const [first, second] = await Promise.all([browser.post(ACTION, fields), browser.post(ACTION, fields)])
    expect(second.location).toBe(first.location)
    expect(await site.rig.runs.list(ownerId, 10)).toHaveLength(1)
  })

  it.each([
    ['an endless one', 'x'.repeat(5000)],
    ['an empty one', ''],
    ['that of an API call', 'key:abc'],
  ])('a submission that is not ours is as good as none: %s', async (_what, submission) => {
    const { browser, ownerId } = await connected()
    for (const to of ['Oslo', 'Oslo']) {
      const { status } = await browser.submit('/parcel', ACTION, { to, submission })
      expect(status).toBe(303)
    }
    expect(await site.rig.runs.list(ownerId, 10)).toHaveLength(2)
  })

  it('with errors is shown again: 422, all errors, what was typed, the same submission, and no run', async () => {
    const { browser, ownerId } = await connected()
    const fields = hiddenFields((await browser.get('/parcel')).body)
    const { status, body } = await browser.post(ACTION, { ...fields, to: 'bad' })
    expect(status).toBe(422)
    expect(body).toContain('To cannot be &quot;bad&quot;.')
    expect(body).toContain('value="bad"')
    expect(hiddenFields(body)['submission']).toBe(fields['submission'])
    expect(await site.rig.runs.list(ownerId, 10)).toEqual([])
  })

  it('without a genuine token starts nothing and loses nothing: the form again, filled in', async () => {
    const { browser, ownerId } = await connected()
    const forged = await browser.post(ACTION, { csrf: 'forged', to: 'Oslo', submission: 'x' })
    expect([forged.status, forged.location]).toEqual([303, '/parcel?to=Oslo'])
    const { csrf = '' } = hiddenFields((await browser.get('/parcel')).body)
    const crossed = await browser.post(ACTION, { csrf, to: 'Oslo' }, { 'sec-fetch-site': 'cross-site' })
    expect([crossed.status, crossed.location]).toEqual([303, '/parcel?to=Oslo'])
    expect(await site.rig.runs.list(ownerId, 10)).toEqual([])
  })

  it('at the root keeps method and body: 308 (RFC 9110 §15.4.9)', async () => {
    expect(await site.visitor().post('/send_parcel?x=1', { to: 'Oslo' })).toMatchObject({
      status: 308,
      location: `${ACTION}?x=1`,
    })
  })

  it('uses the account that was chosen among several', async () => {
    const { browser, ownerId } = await connected()
    const bob = site.rig.accounts.connect(ownerId, 'bob@parcel.example')
    expect((await browser.get('/parcel')).body).toContain('id="account_sender"')
    const { location } = await browser.submit('/parcel', ACTION, { to: 'Oslo', account_sender: bob.id })
    expect(await site.rig.becomes(runIdOf(location), 'succeeded')).toMatchObject({ connections: { sender: bob.id } })
  })
})

describe('the form of a run that was', () => {
  it('a cancelled or failed run can be begun again as it was: the form makes a new run', async () => {
    const { browser, ownerId } = await connected()
    script.play({
      stamp() {
        throw new Failure({ kind: 'refused', code: 'no', message: 'No.' })
      },
    })
    const { location } = await browser.submit('/parcel', ACTION, { to: 'Oslo' })
    const failed = runIdOf(location)
    await site.rig.becomes(failed, 'failed')
    const { body } = await browser.get(`/parcel?run=${failed}`)
    expect(body).toContain('value="Oslo"')
    const again = await browser.post(ACTION, { ...hiddenFields(body), to: 'Oslo' })
    expect(runIdOf(again.location)).not.toBe(failed)
    expect(await site.rig.runs.list(ownerId, 10)).toHaveLength(2)
  })

  it('of somebody else, or of no run at all, is the empty form', async () => {
    const { browser } = await connected()
    const { location } = await browser.submit('/parcel', ACTION, { to: 'Secret Place' })
    const stranger = await connected()
    for (const id of [runIdOf(location), 'x', 'not-a-uuid', '00000000-0000-7000-8000-000000000000']) {
      const { status, body } = await stranger.browser.get(`/parcel?run=${id}`)
      expect(status).toBe(200)
      expect(body).not.toContain('Secret Place')
    }
  })
})
