import { afterAll, beforeAll, expect, it } from 'vitest'
import { Failure } from '#base'
import { createScript } from '../testing/script.fixture.ts'
import { createSite, type Site } from '../testing/site.fixture.ts'
import { RUN_CONTRACTS } from './contracts.ts'

let site: Site
const script = createScript()
beforeAll(async () => {
  site = await createSite({ mashups: [script.mashup] })
})
afterAll(() => site.close())

/** What an answer is, by the contract of this name; anything that the contract does not name fails. */
function fits(id: string, { status, body }: { status: number; body: string }): void {
  const contract = RUN_CONTRACTS.find((one) => one.id === id)
  expect({ id, status }).toEqual({ id, status: contract?.answer.status })
  if (contract?.answer.schema) {
    expect({ id, ...contract.answer.schema.safeParse(JSON.parse(body)) }).toMatchObject({ id, success: true })
  } else expect(body).toBe('')
}

it('answers fit the contracts that /openapi.json is made of, whatever became of the run', async () => {
  const { browser, ownerId } = await site.person()
  const { id: waiting } = await site.rig.start({ ownerId, mashup: script.mashup, input: { to: 'Oslo' } })
  fits('readRun', await browser.get(`/api/runs/${waiting}`))
  fits('cancelRun', await browser.json(`/api/runs/${waiting}/cancel`, {}))
  fits('readRun', await browser.get(`/api/runs/${waiting}`))

  site.rig.accounts.connect(ownerId, 'ana@parcel.example')
  script.play({ stamp: ({ context }) => context.say('two stamps') })
  const started = await browser.json('/api/mashups/parcel/runs', { to: 'Oslo' })
  fits('startRun', started)
  const { id } = JSON.parse(started.body)
  await site.rig.becomes(id, 'succeeded')
  fits('readRun', await browser.get(`/api/runs/${id}`))

  script.play({
    stamp() {
      throw new Failure({ kind: 'refused', code: 'no_stamps', message: 'There are no stamps.' })
    },
  })
  const { id: failing } = JSON.parse((await browser.json('/api/mashups/parcel/runs', { to: 'Rome' })).body)
  await site.rig.becomes(failing, 'failed')
  fits('readRun', await browser.get(`/api/runs/${failing}`))
  script.play({})
  fits('retryRun', await browser.json(`/api/runs/${failing}/retry`, {}))
  fits('listRuns', await browser.get('/api/runs'))
})
