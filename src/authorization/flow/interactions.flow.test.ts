import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

it('600 sign-ins are begun from one network in ten minutes, in whichever process; then 429, and nothing is redirected', async () => {
  const app = await rig.client()
  const path = rig.authorizePath(app)
  const other = await rig.another()
  const ask = (network: string, at = rig.publicUrl) =>
    fetch(at + path, {
      headers: { 'x-forwarded-for': network, 'x-forwarded-host': new URL(rig.publicUrl).host, accept: 'text/html' },
      redirect: 'manual',
    })
  expect((await ask('203.0.113.7')).status).toBe(303)
  const key = 'interaction from 203.0.113.7'
  await rig.tables.updateTable('tinyoauth_count').set({ count: 599 }).where('key', '=', key).execute()
  expect((await ask('203.0.113.7', other.url)).status).toBe(303)
  for (const at of [rig.publicUrl, other.url]) {
    const refused = await ask('203.0.113.7', at)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('location')).toBeNull()
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500)
  }
  expect((await ask('203.0.113.8')).status).toBe(303)
  const { browser } = await rig.person()
  await rig.allow(browser, path)
  const remembered = await browser.get(path, { 'x-forwarded-for': '203.0.113.7' })
  expect(remembered.location).toContain('code=')
  await rig.test.shift(601)
  expect((await ask('203.0.113.7')).status).toBe(303)
})
