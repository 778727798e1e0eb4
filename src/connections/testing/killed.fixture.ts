/**
 * A process that sends one call and is killed (SIGKILL, by itself) between the provider's answer and its storing: the
 * clock is read at exactly that point.
 */
import { Secret, systemClock } from '#base'
import { createEnvelope, parseKeyring } from '#crypto'
import { openDatabase } from '#database'
import { createOutbound } from '#outbound'
import { createBudget } from '../calls/budget.ts'
import { createProviderCalls } from '../calls/calls.ts'
import { createProvider } from '../provider/provider.ts'
import { google } from '../providers/google.ts'
import { createAccessSource } from '../refresh/access.ts'
import type { ConnectionTables } from '../store/tables.ts'
import { createVault } from '../vault/vault.ts'

const input = JSON.parse(process.argv[2] ?? '{}')
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const database = await openDatabase({ url: new Secret(input.url), poolSize: 2, log })
const config = { ...input.config, clientSecret: new Secret(input.clientSecret) }
const access = createAccessSource({
  tables: database.tables<ConnectionTables>(),
  calls: createProviderCalls({
    outbound: createOutbound({ allow: [input.host], userAgent: 'trivet-test' }),
    budget: createBudget({ database, log }),
    clock: systemClock,
  }),
  vault: createVault(createEnvelope(parseKeyring(input.keyring))),
  clock: {
    now() {
      process.kill(process.pid, 'SIGKILL')
      return new Date()
    },
  },
  log,
  random: Math.random,
})
await access.current(createProvider(google, config, { publicUrl: input.publicUrl, version: '1.2.3' }), {
  id: input.id,
  ownerId: input.ownerId,
})
