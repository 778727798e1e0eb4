import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRig, type Rig, responseOf } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

it('100 codes of a person for a client wait at most; then temporarily_unavailable (RFC 6749 §4.1.2.1), and none is lost', async () => {
  const [app, other] = [await rig.client(), await rig.client()]
  const { browser } = await rig.person()
  const first = await rig.code(app, browser)
  const silently = async () => responseOf(await browser.get(rig.authorizePath(app, { prompt: 'none' })))
  const codes = await Promise.all(Array.from({ length: 99 }, async () => (await silently()).get('code')))
  expect(new Set(codes).size).toBe(99)
  expect(codes).not.toContain(null)

  const refused = await silently()
  expect([refused.get('error'), refused.get('state')]).toEqual(['temporarily_unavailable', 'st'])
  expect(refused.has('code')).toBe(false)
  // On the page of a question the client is told as well.
  const asked = await rig.allow(browser, rig.authorizePath(app, { prompt: 'consent' }))
  expect(asked.get('error')).toBe('temporarily_unavailable')
  // Others are others: another client, another person.
  await rig.code(other, browser)
  await rig.code(app, (await rig.person()).browser)

  expect((await rig.redeem(app, first)).status).toBe(200)
  expect((await silently()).has('code')).toBe(true)
  expect((await silently()).get('error')).toBe('temporarily_unavailable')
  await rig.test.shift(61)
  expect((await silently()).has('code')).toBe(true)
  await rig.test.shift(0)
})
