import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#base'
import { hashSecret, randomToken } from '#crypto'
import { withoutInserts } from '#testing'
import { appCode } from '../factors/totp.fixture.ts'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'
import { registerByIdentity } from '../register/register-by-identity.ts'
import { insertIdentity } from '../store/login-identity.ts'
import { keepPendingIdentity } from '../store/pending-identity.ts'

const BY = { actor: 'command', address: '' }
const PASSWORD_PAGE = '/account/password'
const NEW = 'lamp river tuesday'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
afterAll(() => town.close())

/** As when a process dies between the change and the entry. */
const withoutLog = (work: () => Promise<unknown>) => withoutInserts(town.database.tables(), 'audit_event', work)

type Person = Awaited<ReturnType<typeof person>>

async function person() {
  const user = await town.user()
  return { user, browser: await town.signedIn(user.username) }
}

async function withCodes({ user, browser }: Person) {
  await browser.submit('/account/factors/totp/begin', {}, '/account/factors')
  const { body } = await browser.get('/account/factors/totp')
  const key = /id="totp-secret"[^>]* value="([A-Z2-7 ]+)"/.exec(body)?.[1] ?? ''
  const code = appCode(key, new Date())
  return { turnOn: () => browser.submit('/account/factors/totp', { code }), name: user.username }
}

async function withIdentity({ user }: Person) {
  const id = newId()
  const issuer = 'https://google.example'
  await insertIdentity(town.tables, { id, ownerId: user.id, provider: 'google', issuer, subject: id, name: 'x' })
  return id
}

async function withPasskey({ user }: Person) {
  const id = newId()
  const key = { public_key: randomBytes(64), sign_count: 0, transports: [], is_synced: false, name: 'a key' }
  await town.tables
    .insertInto('passkey')
    .values({ id, owner_id: user.id, credential_id: id, ...key })
    .execute()
  return id
}

/** A link that the mailbox of somebody gets, opened. */
async function withAddress({ user }: Person) {
  const [token, email] = [randomToken(), `${user.username}@example.com`]
  await town.tables.updateTable('user_account').set({ email }).where('id', '=', user.id).execute()
  await town.tables
    .insertInto('email_verification')
    .values({ id: newId(), owner_id: user.id, token_hash: hashSecret(token), email, ends_at: new Date('2999-01-01') })
    .execute()
  return token
}

const asked = (name: string) => town.login(name).then(({ json }) => json['error'] ?? json['result'])
const count = async (table: 'passkey' | 'login_identity' | 'password_reset' | 'recovery_code', ownerId: string) =>
  (await town.tables.selectFrom(table).select('owner_id').where('owner_id', '=', ownerId).execute()).length

/** Each with what is done, and with what tells whether it was. */
const CHANGES: Readonly<
  Record<string, (one: Person) => Promise<{ act: () => Promise<unknown>; look: () => Promise<unknown> }>>
> = {
  'user.disabled': async ({ user }) => ({
    act: () => town.accounts.setDisabled(user.username, true, BY),
    look: async () => (await town.accounts.user(user.id)) === undefined,
  }),
  'user.enabled': async ({ user }) => {
    await town.accounts.setDisabled(user.username, true, BY)
    return {
      act: () => town.accounts.setDisabled(user.username, false, BY),
      look: async () => (await town.accounts.user(user.id)) === undefined,
    }
  },
  'user.signed_out': async ({ user, browser }) => ({
    act: () => town.accounts.administration.endSessions(user.publicId, BY),
    look: async () => (await browser.who()) === null,
  }),
  'user.reset_link_made': async ({ user }) => ({
    act: () => town.accounts.resetLink({ username: user.username }, BY),
    look: () => count('password_reset', user.id),
  }),
  'user.password_reset': async ({ user }) => {
    const link = new URL((await town.accounts.resetLink({ username: user.username }, BY)) ?? '')
    const other = town.visitor()
    await other.get(link.pathname + link.search)
    return { act: () => other.submit('/reset', { new_password: NEW }), look: () => asked(user.username) }
  },
  'user.password_changed': async ({ user, browser }) => ({
    act: () => browser.submit(PASSWORD_PAGE, { current_password: PASSWORD, new_password: NEW }),
    look: () => asked(user.username),
  }),
  'user.email_changed': async ({ user, browser }) => ({
    act: () => browser.submit('/account/profile', { email: 'new@example.com' }),
    look: async () => (await town.accounts.user(user.id))?.email,
  }),
  'user.email_verified': async (one) => {
    const token = await withAddress(one)
    return {
      act: () => one.browser.submit('/verify-email', { token }, `/verify-email?token=${token}`),
      look: async () => (await town.accounts.user(one.user.id))?.emailVerified,
    }
  },
  'second_factor.turned_on': async (one) => {
    const { turnOn, name } = await withCodes(one)
    return { act: turnOn, look: () => asked(name) }
  },
  'second_factor.turned_off': async (one) => {
    const { turnOn, name } = await withCodes(one)
    await turnOn()
    return { act: () => town.accounts.removeCodes({ username: name }, BY), look: () => asked(name) }
  },
  'recovery_codes.renewed': async (one) => {
    await (await withCodes(one)).turnOn()
    const kept = () =>
      town.tables.selectFrom('recovery_code').select('code_hash').where('owner_id', '=', one.user.id).execute()
    return {
      act: () => one.browser.submit('/account/factors/recovery-codes', {}, '/account/factors'),
      look: async () => (await kept()).map(({ code_hash }) => code_hash.toString('hex')).sort(),
    }
  },
  'passkey.removed': async (one) => {
    const id = await withPasskey(one)
    return {
      act: () => one.browser.submit(`/account/factors/passkeys/${id}`, { remove: 'yes' }, '/account/factors'),
      look: () => count('passkey', one.user.id),
    }
  },
  'identity.unlinked': async (one) => {
    const id = await withIdentity(one)
    return {
      act: () => one.browser.submit(`/account/identities/${id}/unlink`, {}, '/account/identities'),
      look: () => count('login_identity', one.user.id),
    }
  },
}

describe('a change and its entry in the audit log are written together, or not at all', () => {
  it.each(Object.entries(CHANGES))('%s', async (action, prepare) => {
    const one = await person()
    const { act, look } = await prepare(one)
    const events = async () => {
      const all = await town.accounts.audit.list({ most: 20, target: one.user.publicId })
      return all.filter((event) => event.action === action)
    }
    const before = await look()
    await withoutLog(() => act().catch(() => undefined))
    expect(await look()).toEqual(before)
    expect(await events()).toEqual([])
    await act()
    expect(await look()).not.toEqual(before)
    expect(await events()).toHaveLength(1)
  })

  it('identity.linked: nobody is there without it whose account elsewhere made them one', async () => {
    const { browser } = await person()
    const sessionId = (await browser.who())?.sessionId ?? ''
    const key = {
      issuer: 'https://google.example',
      subject: newId(),
      provider: 'google',
      name: 'New',
      isSandbox: false,
    }
    const way = { interaction: undefined, returnTo: undefined }
    const pending = { ...key, id: newId(), sessionId, way, wantsLink: false }
    await keepPendingIdentity(town.tables, pending)
    const register = () => registerByIdentity(town.tables, pending, 'brand-new', '127.0.0.1')
    await withoutLog(() => expect(register()).rejects.toThrow('refused by a test'))
    const outcome = await register()
    if (!('user' in outcome)) throw new Error('no user')
    const { publicId } = outcome.user
    const events = await town.accounts.audit.list({ most: 5, target: publicId })
    expect(events).toMatchObject([{ action: 'identity.linked', actor: publicId, details: { provider: 'google' } }])
  })
})
