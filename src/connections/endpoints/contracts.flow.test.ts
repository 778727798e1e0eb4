import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { CONNECTION_CONTRACTS } from './contracts.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

it('answers fit the contracts that /openapi.json is made of, member by member', async () => {
  const { browser } = await rig.connect()
  for (const { path, answer } of CONNECTION_CONTRACTS) {
    const { status, body } = await browser.get(path)
    expect({ path, status }).toEqual({ path, status: answer.status })
    const json: unknown = JSON.parse(body)
    expect(json).toHaveLength(1)
    expect(answer.schema?.safeParse(json)).toMatchObject({ success: true })
  }
})
