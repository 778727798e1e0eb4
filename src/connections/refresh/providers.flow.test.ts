import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Failure, systemClock } from '#base'
import { createEnvelope, parseKeyring } from '#crypto'
import { createOutbound, type Outbound } from '#outbound'
import { createBudget } from '../calls/budget.ts'
import { createProviderCalls } from '../calls/calls.ts'
import type { ProviderDefinition } from '../provider/definition.ts'
import { createProvider } from '../provider/provider.ts'
import { google } from '../providers/google.ts'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { createVault } from '../vault/vault.ts'
import { createAccessSource } from './access.ts'

let rig: Rig
let outbound: Outbound
beforeAll(async () => {
  rig = await createRig()
  outbound = createOutbound({ allow: [rig.provider.host], userAgent: 'trivet-test' })
})
afterAll(async () => {
  await outbound.close()
  await rig.close()
})

const HOUR = 3600
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The same account, as if the provider were one with other habits. */
async function expiredAt(habits: Partial<ProviderDefinition>) {
  await rig.test.shift(0)
  const { row } = await rig.connect()
  await rig.test.shift(HOUR + 1)
  const access = createAccessSource({
    tables: rig.tables,
    calls: createProviderCalls({
      outbound,
      budget: createBudget({ database: rig.test.database, log: quiet }),
      clock: systemClock,
    }),
    vault: createVault(createEnvelope(parseKeyring(rig.keyring))),
    clock: { now: () => new Date() },
    log: quiet,
    random: () => 1,
  })
  const provider = createProvider({ ...google, ...habits }, rig.provider.config, rig.self)
  const current = () =>
    access.current(provider, { id: row.id, ownerId: row.owner_id }).then(
      () => 'renewed',
      (error: Failure) => error.data,
    )
  return { current, row }
}

describe('habits of providers, as data', () => {
  it('tries again within the grace of a rotated token whose successor was lost', async () => {
    const { current, row } = await expiredAt({ tokens: { refresh: 'rotating', graceSeconds: 2 } })
    rig.provider.misbehave('refresh', { cut: true })
    expect(await current()).toMatchObject({ kind: 'transient' })
    const { retry_not_before: retry } = await rig.row(row.id)
    const now = Date.now() + (HOUR + 1) * 1000
    expect((retry?.getTime() ?? 0) - now).toBeLessThanOrEqual(1000)
    await rig.test.shift(HOUR + 3)
    expect(await current()).toBe('renewed')
  })

  it('says that the answer was lost when a one-use token was spent by it', async () => {
    rig.provider.settings.rotating = true
    const { current, row } = await expiredAt({ tokens: { refresh: 'rotating' } })
    rig.provider.misbehave('refresh', { cut: true, commit: true })
    expect(await current()).toMatchObject({ kind: 'transient' })
    await rig.test.shift(HOUR + 10)
    const failed = await current()
    rig.provider.settings.rotating = false
    expect(failed).toMatchObject({ kind: 'needs_reconnect', message: expect.stringContaining('never arrived') })
    expect((await rig.row(row.id)).reason).toBe('renewal_lost')
  })

  it('never asks for a refresh where there are no refresh tokens', async () => {
    const { current, row } = await expiredAt({ tokens: { refresh: 'none' } })
    const refreshes = rig.provider.calls.refresh
    expect(await current()).toMatchObject({ kind: 'needs_reconnect' })
    expect(rig.provider.calls.refresh).toBe(refreshes)
    expect((await rig.row(row.id)).reason).toBe('access_ended')
  })

  it('knows further names for a dead grant', async () => {
    const { current } = await expiredAt({ deadGrant: { codes: ['unauthorized_client'] } })
    rig.provider.misbehave('refresh', { status: 403, body: { error: 'unauthorized_client' } })
    expect(await current()).toMatchObject({ kind: 'needs_reconnect' })
  })
})
