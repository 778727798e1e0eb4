import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRig, type Rig, responseOf, type TestClient, VERIFIER } from '../testing/rig.fixture.ts'
import { subjectOfSession } from './subject.ts'

let rig: Rig
let app: TestClient
beforeAll(async () => {
  rig = await createRig()
  app = await rig.client()
})
afterAll(() => rig.close())

const FIXTURE = fileURLToPath(new URL('../testing/killed.fixture.ts', import.meta.url))

/** Another process does the work, and is killed as soon as the statement has been committed. */
async function killAfter(statement: string, work: Record<string, unknown>): Promise<void> {
  const { url, keyring } = { url: rig.test.url.reveal(), keyring: rig.keyring }
  const input = { ...work, statement, url, keyring, publicUrl: rig.publicUrl, clientId: app.client.id }
  const child = spawn(process.execPath, [FIXTURE, JSON.stringify(input)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [, signal] = await once(child, 'exit')
  if (signal !== 'SIGKILL') throw new Error(`the fixture ended by itself: ${said}`)
}

describe('a process killed between two statements', () => {
  it('after a code was redeemed: the client begins again, and is asked nothing', async () => {
    const { browser, person } = await rig.person()
    const code = await rig.code(app, browser)
    const params = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
    await killAfter('redeemed_at = trivet.clock()', { work: 'token', params, person })
    expect((await rig.redeem(app, code)).body.error).toBe('invalid_grant')
    const again = responseOf(await browser.get(rig.authorizePath(app, { prompt: 'none' }))).get('code') ?? ''
    expect((await rig.redeem(app, again)).status).toBe(200)
  })

  it('after a refresh token was spent: the client sends it again, and gets its successor', async () => {
    const { refresh_token: token, person } = await rig.tokens(app)
    const params = { grant_type: 'refresh_token', refresh_token: token }
    await killAfter('successor_hash = $5', { work: 'token', params, person })
    const { status, body } = await rig.refresh(app, token)
    expect(status).toBe(200)
    expect((await rig.refresh(app, body.refresh_token)).status).toBe(200)
  })

  it.each(['"decided_at" = coalesce', 'into "trivet"."tinyoauth_consent"', 'into trivet.tinyoauth_authorization_code'])(
    'after a consent got as far as %s: pressing the button again answers',
    async (statement) => {
      const { browser, caller } = await rig.person()
      const { location } = await browser.get(rig.authorizePath(app))
      const interaction = location.slice(location.indexOf('=') + 1)
      await killAfter(statement, { work: 'consent', interaction, subject: subjectOfSession(caller) })
      const code = responseOf(await browser.press(location, 'consent-allow')).get('code') ?? ''
      expect((await rig.redeem(app, code)).status).toBe(200)
    },
  )
})
