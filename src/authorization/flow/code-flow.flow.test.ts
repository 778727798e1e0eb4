import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, createRig, type Rig, responseOf, type TestClient } from '../testing/rig.fixture.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

describe('the authorization code flow (RFC 6749 §4.1)', () => {
  it('goes from /authorize over sign-in and consent back to the client, and to tokens', async () => {
    const browser = rig.browser()
    const person = await rig.people.create()
    const first = await browser.get(rig.authorizePath(app, { scope: 'openid profile', nonce: 'n1' }))
    expect(first.status).toBe(303)
    expect(first.location).toMatch(/^\/login\?interaction=[\w-]{43}$/)
    const interaction = new URL(first.location, rig.publicUrl).searchParams.get('interaction')

    await rig.people.signIn(browser, person)
    const second = await browser.get(`/authorize?interaction=${interaction}`)
    expect(second).toMatchObject({ status: 303, location: `/consent?interaction=${interaction}` })

    const page = await browser.get(second.location)
    expect(page.status).toBe(200)
    for (const text of ['Test app', 'app.example', person.username, 'consent-deny', 'Ten minutes']) {
      expect(page.body).toContain(text)
    }

    const back = await browser.press(second.location, 'consent-allow')
    expect(back.status).toBe(303)
    const answer = responseOf(back)
    expect(back.location).toMatch(/^https:\/\/app\.example\/cb\?code=tra_/)
    expect(answer.get('state')).toBe('st')
    expect(answer.get('iss')).toBe(rig.publicUrl)

    const { status, headers, body } = await rig.redeem(app, answer.get('code') ?? '')
    expect(status, JSON.stringify(body)).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'openid profile' })
    expect(body.refresh_token).toBeUndefined()
    expect(claimsOf(body.access_token)).toMatchObject({
      iss: rig.publicUrl,
      aud: rig.publicUrl,
      sub: person.publicId,
      client_id: app.client.id,
      scope: 'openid profile',
    })
    expect(claimsOf(body.id_token)).toMatchObject({ sub: person.publicId, aud: app.client.id, nonce: 'n1' })
  })
})
