/**
 * A process that does one piece of work and is killed (SIGKILL, by itself) when the first statement that holds a given
 * text has been committed, before anything after it.
 */
import pg from 'pg'
import { Secret, systemClock } from '#base'
import { createEnvelope, createSigner, parseKeyring } from '#crypto'
import { openDatabase } from '#database'
import { NO_APIS } from '../checks/apis.ts'
import type { AuthorizationDeps } from '../deps.ts'
import { decide } from '../flow/consent.ts'
import { createGrants } from '../grants/registry.ts'
import { findClientRecord } from '../store/client.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { createTokens } from '../tokens/tokens.ts'

const input = JSON.parse(process.argv[2] ?? '{}')
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const database = await openDatabase({ url: new Secret(input.url), poolSize: 2, log })
const tables = database.tables<AuthorizationTables>()
const signer = createSigner({
  database,
  envelope: createEnvelope(parseKeyring(input.keyring)),
  clock: systemClock,
  log,
})
await signer.start()
const findClient = async (id: string) => (await findClientRecord(tables, id))?.client
const accounts = {
  user: async () => input.person,
  claimsOf: () => ({}),
} as unknown as AuthorizationDeps['accounts']
const issuer = input.publicUrl
const tokens = createTokens({ database, tables, signer, issuer, clock: systemClock, log, people: accounts, findClient })
const rules = { issuer, defaultScopes: ['profile'], isKnownResource: () => false, apis: NO_APIS }

killAfter(input.statement)
if (input.work === 'token') {
  const client = await findClient(input.clientId)
  if (!client) throw new Error('no client')
  const grants = createGrants({ database, accounts, tokens, rules, log })
  await grants.redeem({ client, params: input.params, resources: [] })
} else {
  const subject = { ...input.subject, authTime: new Date(input.subject.authTime) }
  const { readIdTokenHint } = tokens
  const documents = { prepare: async () => 'ready' as const }
  const flow = { database, tables, findClient, documents, readIdTokenHint, rules }
  await decide(flow, { id: input.interaction, subject, decision: 'allow' })
}

function killAfter(statement: string): void {
  const original = pg.Client.prototype.query
  const kill = () => process.kill(process.pid, 'SIGKILL')
  const watched = function (this: pg.Client, ...args: unknown[]) {
    const [first] = args
    const text = typeof first === 'object' && first !== null && 'text' in first ? first.text : first
    if (!String(text).includes(statement)) return Reflect.apply(original, this, args)
    // The pool calls back, Kysely waits for a promise.
    if (typeof args.at(-1) === 'function') return Reflect.apply(original, this, [...args.slice(0, -1), kill])
    return Reflect.apply(original, this, args).then(kill)
  }
  Object.assign(pg.Client.prototype, { query: watched })
}
