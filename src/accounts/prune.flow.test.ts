import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { createHouse, type House } from './visitor.fixture.ts'

const DAY = 24 * 3600

/** What other rooms keep elsewhere, in place of files: notes what it was told to erase, and can be made to fail. */
const erased: string[] = []
let failing: string | undefined

let house: House
beforeAll(async () => {
  house = await createHouse([
    {
      erase: async (ownerId) => {
        if (ownerId === failing) throw new Error('the disk is away')
        erased.push(ownerId)
      },
    },
  ])
})
beforeEach(async () => {
  await house.shift(0)
  await house.tables.deleteFrom('user_account').execute()
  erased.length = 0
  failing = undefined
})
afterAll(() => house.close())

const accounts = async () =>
  (await house.tables.selectFrom('user_account').select('id').orderBy('id').execute()).map((row) => row.id)

describe('guests', () => {
  it('that do nothing for 30 days are removed; the others stay', async () => {
    const idle = await house.arrive()
    await house.shift(1 * DAY)
    const recent = await house.arrive()
    await house.shift(30 * DAY - 60)
    await house.accounts.prune()
    expect(await accounts()).toEqual([idle.caller.ownerId, recent.caller.ownerId])
    await house.shift(30 * DAY + 60)
    await house.accounts.prune()
    expect(await accounts()).toEqual([recent.caller.ownerId])
    expect(erased).toEqual([idle.caller.ownerId])
  })

  it('that came back in between stay: use counts, not age', async () => {
    const { cookie, caller } = await house.arrive()
    for (let hours = 11; hours <= 44; hours += 11) {
      await house.shift(hours * 3600)
      await house.who(cookie)
    }
    await house.shift(31 * DAY)
    await house.accounts.prune()
    expect(await accounts()).toEqual([caller.ownerId])
  })

  it('who are users are never removed for being idle', async () => {
    const { caller } = await house.arrive()
    await house.tables
      .updateTable('user_account')
      .set({ kind: 'user', public_id: 'u_ana', username: 'ana', username_folded: 'ana' })
      .where('id', '=', caller.ownerId)
      .execute()
    await house.shift(400 * DAY)
    await house.accounts.prune()
    expect(await accounts()).toEqual([caller.ownerId])
  })

  it('go with everything of theirs, by cascade, and nothing of anybody else', async () => {
    const [gone, stays] = [await house.arrive(), await house.arrive()]
    await fillEverything(gone.caller.ownerId, gone.caller.sessionId)
    await fillEverything(stays.caller.ownerId, stays.caller.sessionId)
    const full = await rowsOfOwners()
    expect(full).toEqual(Object.fromEntries(Object.keys(full).map((table) => [table, 2])))
    await house.tables
      .updateTable('user_account')
      .set({ operated_at: new Date(Date.now() - 31 * DAY * 1000) })
      .where('id', '=', gone.caller.ownerId)
      .execute()
    await house.accounts.prune()
    expect(await rowsOfOwners()).toEqual(Object.fromEntries(Object.keys(full).map((table) => [table, 1])))
    expect(await accounts()).toEqual([stays.caller.ownerId])
  })

  it('whose files cannot be removed are kept and tried again: no file is left without its row', async () => {
    const { caller } = await house.arrive()
    failing = caller.ownerId
    await house.shift(31 * DAY)
    await house.accounts.prune().catch(() => undefined)
    expect(await accounts()).toEqual([caller.ownerId])
    failing = undefined
    await house.accounts.prune()
    expect(await accounts()).toEqual([])
  })

  it('are nobody from the moment on that their removal begins: what goes is not what somebody came back for', async () => {
    const { cookie, caller } = await house.arrive()
    failing = caller.ownerId
    await house.tables
      .updateTable('user_account')
      .set({ operated_at: new Date(Date.now() - 31 * DAY * 1000) })
      .execute()
    expect(await house.who(cookie)).toEqual(caller)
    await house.accounts.prune().catch(() => undefined)
    expect(await house.who(cookie)).toBe(null)
  })

  it('of one that cannot be removed do not hold up the others', async () => {
    const [bad, good] = [await house.arrive(), await house.arrive()]
    failing = bad.caller.ownerId
    await house.shift(31 * DAY)
    await expect(house.accounts.prune()).rejects.toThrow('1 owners could not be removed')
    expect(await accounts()).toEqual([bad.caller.ownerId])
    expect(erased).toEqual([good.caller.ownerId])
  })

  it('are removed by several processes at once without trouble', async () => {
    for (let n = 0; n < 5; n += 1) await house.arrive()
    await house.shift(31 * DAY)
    await Promise.all([1, 2, 3].map(() => house.accounts.prune()))
    expect(await accounts()).toEqual([])
  })
})

describe('sessions', () => {
  it('that are over are removed, live ones and their accounts stay', async () => {
    const old = await house.arrive()
    await house.shift(13 * 3600)
    const live = await house.arrive()
    await house.accounts.prune()
    const left = await house.tables.selectFrom('browser_session').select('id').execute()
    expect(left).toEqual([{ id: live.caller.sessionId }])
    expect(await accounts()).toEqual([old.caller.ownerId, live.caller.ownerId])
    expect(await house.who(live.cookie)).toEqual(live.caller)
  })
})

/** One row in every table that hangs on an owner. */
async function fillEverything(owner: string, session: string): Promise<void> {
  const db = house.database.tables<unknown>()
  const [run, connection] = [newId(), newId()]
  await sql`insert into trivet.run (id, owner_id, mashup, version, input, status)
    values (${run}, ${owner}, 'cats', '1', '{}', 'paused')`.execute(db)
  await sql`insert into trivet.run_step (run_id, name, position, status) values (${run}, 'save', 1, 'paused')`.execute(
    db,
  )
  await sql`insert into trivet.run_secret (run_id, name, sealed) values (${run}, 'session', 'v1.x')`.execute(db)
  await sql`insert into trivet.stored_file (id, key, owner_id, run_id, name, type, size, sha256)
    values (${newId()}, ${`run/${run}/1`}, ${owner}, ${run}, 'cat.jpg', 'image/jpeg', 1, 'x')`.execute(db)
  await sql`insert into trivet.connection (id, owner_id, provider, issuer, account_id, account_name, status,
      requested_scopes, granted_scopes, sealed_access_token)
    values (${connection}, ${owner}, 'google', 'https://g', '1', 'ana', 'active', '{}', '{}', 'v1.x')`.execute(db)
  await sql`insert into trivet.refresh_attempt (id, connection_id, token_version)
    values (${newId()}, ${connection}, 1)`.execute(db)
  await sql`insert into trivet.authorization_request (id, state_hash, session_id, owner_id, provider, issuer, purpose,
      redirect_uri, requested_scopes, sealed_code_verifier, nonce_hash, return_to, denied_to, expires_at)
    values (${newId()}, ${randomBytes(32)}, ${session}, ${owner}, 'google', 'https://g', 'connect', 'https://x/cb', '{}',
      'v1.x', ${randomBytes(32)}, '/', '/', trivet.clock() + interval '10 minutes')`.execute(db)
  await sql`insert into trivet.login_event (id, owner_id, outcome, method, address)
    values (${newId()}, ${owner}, 'failed', 'password', '192.0.2.1')`.execute(db)
  await fillAuthorization(owner, session)
  await fillFactors(owner)
  await fillLinks(owner)
  await fillIdentities(owner, session)
}

async function fillLinks(owner: string): Promise<void> {
  const db = house.database.tables<unknown>()
  await sql`insert into trivet.password_reset (id, owner_id, link_hash, way, ends_at)
    values (${newId()}, ${owner}, ${randomBytes(32)}, 'mail', trivet.clock() + interval '15 minutes')`.execute(db)
  await sql`insert into trivet.email_verification (id, owner_id, token_hash, email, ends_at)
    values (${newId()}, ${owner}, ${randomBytes(32)}, 'a@b.example', trivet.clock() + interval '1 day')`.execute(db)
}

/** Who signs in with an account elsewhere, and who has just come back with one that nobody has. */
async function fillIdentities(owner: string, session: string): Promise<void> {
  const db = house.database.tables<unknown>()
  await sql`insert into trivet.login_identity (id, owner_id, provider, issuer, subject, name)
    values (${newId()}, ${owner}, 'google', 'https://g', ${owner}, 'ana')`.execute(db)
  await sql`insert into trivet.pending_identity (id, session_id, provider, issuer, subject, name, expires_at)
    values (${newId()}, ${session}, 'google', 'https://g', '2', 'ana', trivet.clock() + interval '10 minutes')`.execute(
    db,
  )
}

async function fillFactors(owner: string): Promise<void> {
  const db = house.database.tables<unknown>()
  const hash = () => randomBytes(32)
  await sql`insert into trivet.passkey (id, owner_id, credential_id, public_key, sign_count, transports, is_synced, name)
    values (${newId()}, ${owner}, ${hash().toString('hex')}, ${hash()}, 0, '{}', false, 'Phone')`.execute(db)
  await sql`insert into trivet.totp_secret (id, owner_id, sealed_secret) values (${newId()}, ${owner}, 'v1.x')`.execute(
    db,
  )
  await sql`insert into trivet.recovery_code (owner_id, code_hash) values (${owner}, ${hash()})`.execute(db)
  await sql`insert into trivet.pending_sign_in (id, secret_hash, owner_id, login_epoch, amr, ends_at)
    values (${newId()}, ${hash()}, ${owner}, 0, '{pwd}', trivet.clock() + interval '10 minutes')`.execute(db)
}

/** Guests have no clients and allow none anything; users do, and go by the same cascade. */
async function fillAuthorization(owner: string, session: string): Promise<void> {
  const db = house.database.tables<unknown>()
  const [client, grant, hash] = [`c_${owner}`, newId(), () => randomBytes(32)]
  await sql`insert into trivet.tinyoauth_client (id, owner_id, metadata, registration_token_hash)
    values (${client}, ${owner}, '{}', ${hash()})`.execute(db)
  await sql`insert into trivet.tinyoauth_interaction (id_hash, client_id, request, session_id, expires_at)
    values (${hash()}, ${client}, '{}', ${session}, trivet.clock())`.execute(db)
  await sql`insert into trivet.tinyoauth_grant (id, client_id, owner_id, scopes, resources, expires_at)
    values (${grant}, ${client}, ${owner}, '{}', '{}', trivet.clock())`.execute(db)
  await sql`insert into trivet.tinyoauth_authorization_code (code_hash, grant_id, redirect_uri, expires_at)
    values (${hash()}, ${grant}, 'https://x/cb', trivet.clock())`.execute(db)
  await sql`insert into trivet.tinyoauth_refresh_token (token_hash, grant_id, idle_until)
    values (${hash()}, ${grant}, trivet.clock())`.execute(db)
  await sql`insert into trivet.tinyoauth_consent (owner_id, client_id, resource, scopes)
    values (${owner}, ${client}, '', '{}')`.execute(db)
  await sql`insert into trivet.tinyoauth_assertion (client_id, jti_hash, expires_at)
    values (${client}, ${hash()}, trivet.clock())`.execute(db)
}

/** Of the server, and counts that name nobody. */
const OF_NOBODY = [
  ...['clock_shift', 'encryption_key', 'signing_key', 'provider_budget', 'login_failure'],
  ...['used_challenge', 'audit_event'],
  ...['mail_order', 'setup_link'],
  // Of a browser for an hour, by a cookie of their own: whoever is signed in there has nothing to do with it.
  ...['playground_visit', 'playground_step'],
  ...['tinyoauth_registration_token', 'tinyoauth_count'],
]

/** Rows of every table of ours but those that belong to nobody: a new table has to be thought of here. */
async function rowsOfOwners(): Promise<Record<string, number>> {
  const db = house.database.tables<unknown>()
  const { rows } = await sql<{ name: string }>`select table_name::text as name from information_schema.tables
    where table_schema = 'trivet' and table_name not like 'kysely%'
      and table_name not in (${sql.join(OF_NOBODY)}) order by 1`.execute(db)
  const counts: Record<string, number> = {}
  for (const { name } of rows) {
    const counted = await sql<{ n: number }>`select count(*) as n from ${sql.table(`trivet.${name}`)}`.execute(db)
    counts[name] = counted.rows[0]?.n ?? -1
  }
  return counts
}
