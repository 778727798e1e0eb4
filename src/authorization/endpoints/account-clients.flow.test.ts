import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const pageOf = (id: string) => `/account/apps/delete?${new URLSearchParams({ client: id })}`

async function owner() {
  const who = await rig.person()
  const app = await rig.client({ client_name: 'Mine' }, who.person)
  return { ...who, app, id: app.client.id }
}

describe('apps that one registered, on /account/apps', () => {
  it('are listed for their owner only, and deleted with all that was issued to them', async () => {
    const { browser, app, id } = await owner()
    const held = await rig.tokens(app)
    expect((await browser.get('/account/apps')).body).toContain(`id="delete-${id}"`)
    expect((await held.browser.get('/account/apps')).body).not.toContain('id="own-apps"')
    const answer = await browser.press(pageOf(id), 'delete-client-confirm')
    expect(answer).toMatchObject({ status: 303, location: '/account/apps?deleted' })
    expect((await browser.get(answer.location)).body).not.toContain('id="own-apps"')
    expect(await rig.authorization.clients.findClient(id)).toBeUndefined()
    await expect.poll(() => rig.authorization.tokens.verifyAccessToken(held.access_token)).toBeUndefined()
    expect((await rig.refresh(app, held.refresh_token)).body.error).toBe('invalid_client')
    const [event] = await rig.test.database
      .tables<{ audit_event: { actor: string; action: string; target_id: string } }>()
      .selectFrom('audit_event')
      .select(['actor', 'action'])
      .where('target_id', '=', id)
      .execute()
    expect(event).toEqual({ actor: expect.stringMatching(/^u_/), action: 'client.deleted' })
  })

  it('need a sign-in that is fresh, and the form of the page (ASVS 5.0, 7.5.1)', async () => {
    const { browser, id } = await owner()
    expect((await browser.post('/account/apps/delete', { client: id })).status).toBe(403)
    const form = (await browser.get(pageOf(id))).body
    const csrf = /name="csrf" value="([^"]+)"/.exec(form)?.[1] ?? ''
    await rig.test.shift(6 * 60)
    const confirm = `/account/confirm?${new URLSearchParams({ return_to: pageOf(id) })}`
    expect((await browser.get(pageOf(id))).location).toBe(confirm)
    expect((await browser.post('/account/apps/delete', { client: id, csrf })).location).toBe(confirm)
    await rig.test.shift(0)
    expect(await rig.authorization.clients.findClient(id)).toBeDefined()
    expect((await rig.browser().get(pageOf(id))).location).toBe('/login?return_to=%2Faccount%2Fapps')
  })

  it('of others are as if they were not there; one that was switched off stays', async () => {
    const [mine, theirs] = [await owner(), await owner()]
    expect((await mine.browser.get(pageOf(theirs.id))).status).toBe(404)
    const csrf = /name="csrf" value="([^"]+)"/.exec((await mine.browser.get(pageOf(mine.id))).body)?.[1] ?? ''
    const press = async (client: string) => (await mine.browser.post('/account/apps/delete', { client, csrf })).status
    expect(await press(theirs.id)).toBe(404)
    expect(await rig.authorization.clients.findClient(theirs.id)).toBeDefined()
    await rig.authorization.clients.setState(mine.id, { isDisabled: true })
    const { body } = await mine.browser.get('/account/apps')
    expect(body).toContain(mine.id)
    expect(body).not.toContain(`id="delete-${mine.id}"`)
    expect(await press(mine.id)).toBe(404)
    expect(await rig.authorization.clients.entries(mine.id)).toHaveLength(1)
  })
})
