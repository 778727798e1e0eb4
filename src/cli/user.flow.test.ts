import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '#base'
import { loadConfig, readEnvironment } from '#config'
import { type TestDatabase, testDatabase } from '#testing'
import { openRooms } from '../app.ts'
import { createDesk } from './desk.fixture.ts'

const PASSWORD = 'four words in a row'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const desk = () => createDesk({ DATABASE_URL: test.url.reveal(), TRIVET_MASTER_KEY: `k1:${'A'.repeat(43)}` })

it('makes a user with a password of its own, printed once and stored as a hash only', async () => {
  const { json, run } = await desk()
  const made = await json('user create ana --admin --email ana@example.com')
  expect(made).toEqual({
    user: { id: expect.stringMatching(/^u_[\w-]{22}$/), username: 'ana', isAdmin: true },
    password: expect.stringMatching(/^[\w-]{24}$/),
  })
  const { rows } = await accountRows()
  expect(JSON.stringify(rows)).not.toContain(made.password)
  expect(rows.find(({ username }) => username === 'ana')?.password_hash).toMatch(/^\$argon2id\$/)
  expect(await run('user list')).toMatch(/^ana +u_\S+ +admin +- +ana@example\.com/m)
  expect(await run('user list')).not.toContain(made.password)
})

it('takes the password from standard input, without its line ending, and prints it nowhere', async () => {
  const { run, runWords } = await desk()
  const printed = await run('user create ben --password-stdin', `${PASSWORD}\r\n`)
  expect(printed).toMatch(/^Made: ben \(u_\S+\)$/)
  // A user's name may not be the password: it was understood to the letter.
  await expect(run('user create carla-of-here --password-stdin', 'carla-of-here\n')).rejects.toThrow('is the username')
  await expect(run('user create carla --password-stdin', '\n')).rejects.toThrow('no password on standard input')
  await expect(run('user create carla --password-stdin', 'short\n')).rejects.toThrow('at least 8 characters')
  await expect(runWords(['user', 'create', 'carla', '--password', PASSWORD])).rejects.toThrow('Unknown option')
})

it('says what is wrong with a name, and makes nothing', async () => {
  const { run, json } = await desk()
  await run('user create dora')
  await expect(run('user create Dora')).rejects.toThrow('The username Dora is taken')
  await expect(run('user create a..b --email nonsense')).rejects.toThrow(/letters and digits.*\n.*e-mail/)
  const { users } = await json('user list')
  expect(users.filter(({ username }: { username: string }) => /^(dora|a\.\.b)$/i.test(username))).toHaveLength(1)
})

it('disabling ends sessions, login tokens and grants; enabling brings none of them back', async () => {
  const { run, json, workingDirectory } = await desk()
  await run('user create eve --password-stdin', PASSWORD)
  const { client_id } = await json('client create --name App --redirect-uri https://app.example/back')
  const server = await openRooms(
    loadConfig(readEnvironment(workingDirectory), workingDirectory),
    pino({ enabled: false }),
  )
  try {
    await server.signer.start()
    const { accounts } = server
    const publicId = (await accounts.listUsers()).find(({ username }) => username === 'eve')?.id ?? ''
    const user = await accounts.userByPublicId(publicId)
    if (!user) throw new Error('no eve')
    const token = await accounts.loginToken.issue(user, { amr: ['pwd'] })
    await signInAndConsent(user.id, client_id)
    expect(await accounts.loginToken.verify(token)).toMatchObject({ username: 'eve' })
    expect(await heldBy(user.id)).toEqual({ sessions: 1, grants: 1 })

    expect(await run('user disable EVE')).toContain('EVE is disabled')
    expect(await accounts.user(user.id)).toBeUndefined()
    expect(await heldBy(user.id)).toEqual({ sessions: 0, grants: 0 })
    expect(await run('user list')).toMatch(/^eve .* disabled /m)

    expect(await json('user enable eve')).toEqual({ username: 'eve', isDisabled: false })
    expect(await accounts.user(user.id)).toMatchObject({ username: 'eve' })
    expect(await accounts.loginToken.verify(token)).toBeUndefined()
    expect(await heldBy(user.id)).toEqual({ sessions: 0, grants: 0 })
  } finally {
    await server.close()
  }
})

it('the last administrator is not disabled, and it is said what to do first', async () => {
  const { run, json } = await desk()
  await run('user create una --admin')
  type Entry = { readonly username: string; readonly isAdmin: boolean }
  const { users }: { users: Entry[] } = await json('user list')
  const others = users.filter(({ username, isAdmin }) => isAdmin && username !== 'una').map(({ username }) => username)
  for (const username of others) await run(`user disable ${username}`)
  await expect(run('user disable una')).rejects.toThrow(/last administrator.*user create <name> --admin/)
  expect(await run('user list')).toMatch(/^una +u_\S+ +admin +- /m)
  await run('user create dua --admin')
  expect(await run('user disable una')).toContain('una is disabled')
  for (const username of ['una', ...others]) await run(`user enable ${username}`)
})

it.each(['disable', 'enable'])('user %s says when there is no such user', async (word) => {
  const { run } = await desk()
  await expect(run(`user ${word} nobody`)).rejects.toThrow('There is no user "nobody"')
})

it('a database that another installation sealed is left alone', async () => {
  await (await desk()).run('user list')
  const other = await createDesk({ DATABASE_URL: test.url.reveal(), TRIVET_MASTER_KEY: `k2:${'B'.repeat(42)}A` })
  await expect(other.run('user create mallory')).rejects.toThrow('sealed with key k1')
})

type Tables = {
  user_account: { id: string; kind: string; username: string | null; password_hash: string | null }
  browser_session: { id: string; owner_id: string; secret_hash: Buffer; ends_at: Date }
  tinyoauth_grant: {
    id: string
    client_id: string
    owner_id: string | null
    scopes: string[]
    resources: string[]
    expires_at: Date
    revoked_at: Date | null
  }
}

const tables = () => test.database.tables<Tables>()
const later = () => new Date(Date.now() + 3_600_000)

it('prints a link for a new password, whether mail can be sent or not (security §10.12)', async () => {
  const { run, json } = await desk()
  await run('user create gina')
  const link = await run('user reset-link GINA')
  expect(link).toMatch(/^http:\/\/localhost:3000\/reset\?token=[\w-]{43}$/)
  expect(await json('user reset-link gina')).toEqual({
    username: 'gina',
    link: expect.stringContaining('/reset?token='),
  })
  await run('user disable gina')
  await expect(run('user reset-link gina')).rejects.toThrow('There is no user "gina" who may sign in.')
  await expect(run('user reset-link nobody')).rejects.toThrow('There is no user "nobody"')
})

async function accountRows() {
  return { rows: await tables().selectFrom('user_account').selectAll().execute() }
}

async function signInAndConsent(ownerId: string, clientId: string): Promise<void> {
  const session = { id: newId(), owner_id: ownerId, secret_hash: Buffer.alloc(32, 7), ends_at: later() }
  await tables().insertInto('browser_session').values(session).execute()
  const grant = { id: newId(), client_id: clientId, owner_id: ownerId, scopes: ['profile'], resources: ['x'] }
  await tables()
    .insertInto('tinyoauth_grant')
    .values({ ...grant, expires_at: later(), revoked_at: null })
    .execute()
}

async function heldBy(ownerId: string) {
  const sessions = await tables().selectFrom('browser_session').select('id').where('owner_id', '=', ownerId).execute()
  const grants = await tables()
    .selectFrom('tinyoauth_grant')
    .select('id')
    .where('owner_id', '=', ownerId)
    .where('revoked_at', 'is', null)
    .execute()
  return { sessions: sessions.length, grants: grants.length }
}
