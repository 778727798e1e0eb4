import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Failure } from '#base'
import { mashup } from '../definition/mashup.ts'
import { WORDS } from '../testing/mashup.fixture.tsx'
import { createSite, type Site } from '../testing/site.fixture.ts'

let work: () => Promise<unknown> = async () => 'done'
const drawing = mashup('drawing', {
  ...WORDS,
  path: '/drawing',
  form: {},
  resultPage: '/drawing/show',
  steps: ['Draw'],
  async run({ step }) {
    await step('Draw', () => work())
    return { title: 'Drawn' }
  },
})

let site: Site
beforeAll(async () => {
  site = await createSite({ mashups: [drawing] })
})
afterAll(() => site.close())

async function started(next: () => Promise<unknown>) {
  work = next
  const { browser, ownerId } = await site.person()
  const { id } = await site.rig.start({ ownerId, mashup: drawing })
  return { browser, id }
}

it('a run that succeeded is shown by the page that its mash-up names; its steps on request', async () => {
  const { browser, id } = await started(async () => 'done')
  await site.rig.becomes(id, 'succeeded')
  const { status, location } = await browser.get(`/runs/${id}`)
  expect([status, location]).toEqual([303, `/drawing/show?run=${id}`])
  const steps = await browser.get(`/runs/${id}?show=steps`)
  expect(steps.status).toBe(200)
  expect(steps.body).toContain('id="steps"')
  const api = await browser.get(`/api/runs/${id}`)
  expect(JSON.parse(api.body)).toMatchObject({ result_url: `${site.publicUrl}/drawing/show?run=${id}` })
})

it('the first visit waits a little for a fast run, which so goes straight to its result', async () => {
  const { browser, id } = await started(() => sleep(200, 'done'))
  const { status, location } = await browser.get(`/runs/${id}`)
  expect([status, location]).toEqual([303, `/drawing/show?run=${id}`])
})

it('but not for a slow one, nor for one that failed or waits', async () => {
  const finish = Promise.withResolvers<void>()
  const { browser, id } = await started(() => finish.promise)
  const before = performance.now()
  const { status, body } = await browser.get(`/runs/${id}`)
  expect(status).toBe(200)
  expect(body).toContain('id="cancel"')
  expect(performance.now() - before).toBeGreaterThan(750)
  finish.resolve()

  const failed = await started(async () => {
    throw new Failure({ kind: 'refused', code: 'no_ink', message: 'There is no ink.' })
  })
  await site.rig.becomes(failed.id, 'failed')
  expect((await failed.browser.get(`/runs/${failed.id}`)).body).toContain('There is no ink.')
})
