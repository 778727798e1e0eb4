import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Failure } from '#base'
import { CLIENT } from '../testing/fake-provider.fixture.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const HOUR = 3600
const FIXTURE = fileURLToPath(new URL('../testing/killed.fixture.ts', import.meta.url))

/** Another process renews the connection and is killed when the answer is there and not yet stored. */
async function killBetweenAnswerAndSave(connection: { id: string; owner_id: string }): Promise<string | null> {
  const { clientSecret: _, ...config } = rig.provider.config
  const input = {
    url: rig.test.url.reveal(),
    config,
    clientSecret: CLIENT.secret,
    host: rig.provider.host,
    keyring: rig.keyring,
    publicUrl: rig.publicUrl,
    id: connection.id,
    ownerId: connection.owner_id,
  }
  const child = spawn(process.execPath, [FIXTURE, JSON.stringify(input)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [, signal] = await once(child, 'exit')
  if (signal !== 'SIGKILL') throw new Error(`the fixture ended by itself: ${said}`)
  return signal
}

describe('a process killed between the provider’s answer and its storing', () => {
  it('leaves its lease and an open attempt; the next one tries once more with the old token', async () => {
    const { account, row } = await rig.connect()
    await rig.test.shift(HOUR + 1)
    const refreshes = rig.provider.calls.refresh
    await killBetweenAnswerAndSave(row)
    expect(rig.provider.calls.refresh).toBe(refreshes + 1)
    const left = await rig.row(row.id)
    expect(left).toMatchObject({ token_version: 1, lease_owner: expect.any(String) })
    const attempts = () =>
      rig.tables.selectFrom('refresh_attempt').selectAll().where('connection_id', '=', row.id).execute()
    expect(await attempts()).toMatchObject([{ token_version: 1, finished_at: null }])

    await rig.test.shift(HOUR + 50)
    expect((await rig.connections.account(account).send({ method: 'GET', path: '/x' })).status).toBe(200)
    expect(rig.provider.calls.refresh).toBe(refreshes + 2)
    expect(await rig.row(row.id)).toMatchObject({ token_version: 2, status: 'active', lease_owner: null })
    expect((await attempts()).map(({ outcome }) => outcome).sort()).toEqual(['abandoned', 'renewed'])
  })

  it('where the token was spent by that, waits for what may still be stored, then says needs_reconnect', async () => {
    rig.provider.settings.rotating = true
    await rig.test.shift(0)
    const { account, row } = await rig.connect()
    await rig.test.shift(HOUR + 1)
    await killBetweenAnswerAndSave(row)
    await rig.test.shift(HOUR + 50)
    const sending = rig.connections
      .account(account)
      .send({ method: 'GET', path: '/x' })
      .then(
        () => 'sent',
        (error: Failure) => error.data,
      )
    // The killed attempt is younger than 60 s: its answer might still come from a process that was only slow.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect((await rig.row(row.id)).status).toBe('active')
    await rig.test.shift(HOUR + 70)
    expect(await sending).toMatchObject({ kind: 'needs_reconnect', connectionId: row.id })
    expect((await rig.row(row.id)).status).toBe('needs_reconnect')
  })
})
