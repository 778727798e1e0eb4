import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Secret } from '#base'
import type { SmtpServer } from '#config'
import { capturedLog, type Mailbox, openMailbox, type TestDatabase, testDatabase } from '#testing'
import { createMail, type Mail, type Writer } from './index.ts'
import type { MailTables } from './store/tables.ts'

let test: TestDatabase
let box: Mailbox
/** What to answer a recipient, by the part before the @. */
const refusals = new Map<string, number>()
const open: Mail[] = []

beforeAll(async () => {
  test = await testDatabase()
  box = await openMailbox({ refuse: (to) => refusals.get(to.split('@', 1)[0] ?? '') })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((mail) => mail.close()))
  await test.shift(0)
  await tables().deleteFrom('mail_order').execute()
})
afterAll(async () => {
  await box.close()
  await test.close()
})

const tables = () => test.database.tables<MailTables>()
const rows = () => tables().selectFrom('mail_order').selectAll().execute()
const server = (changes: Partial<SmtpServer> = {}): SmtpServer => ({
  ...{ host: '127.0.0.1', port: box.port, tls: 'optional', user: undefined, password: undefined },
  // As `loadConfig` gives it.
  from: Object.freeze({ name: 'Trivet', address: 'trivet@id.example' }),
  ...changes,
})

const greeting: Writer = async ({ to, data }) => ({
  subject: `Hello ${data['name']}`,
  text: `To ${to}, ${data['name']}`,
})

function office(options: { server?: SmtpServer; toLog?: boolean; writers?: Record<string, Writer> } = {}) {
  const { log, text } = capturedLog()
  const mail = createMail({
    ...{ database: test.database, log },
    config: { server: options.toLog ? undefined : (options.server ?? server()), toLog: options.toLog ?? false },
  })
  open.push(mail)
  const begin = () => mail.start({ greeting, ...options.writers })
  return { mail, begin, logged: text }
}

const order = (to: string, name = 'Ana') => ({ kind: 'greeting', to, data: { name }, seconds: 3600 })

it('is sent as plain text from the sender of the settings, and forgotten when it was taken', async () => {
  const { mail, begin } = office()
  begin()
  await mail.order(order('ana@example.com', 'Añá'))
  await expect.poll(() => box.to('ana@example.com')).toHaveLength(1)
  const [letter] = box.to('ana@example.com')
  expect(letter).toMatchObject({ from: 'trivet@id.example', text: expect.stringContaining('To ana@example.com, Añá') })
  expect(letter?.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(letter?.headers.get('auto-submitted')).toBe('auto-generated')
  await expect.poll(rows).toEqual([])
})

it('is stored before anybody sends: one that was ordered before a restart goes out after it', async () => {
  await office().mail.order(order('ben@example.com'))
  expect(await rows()).toHaveLength(1)
  office().begin()
  await expect.poll(() => box.to('ben@example.com')).toHaveLength(1)
})

it('two processes send each letter once', async () => {
  const [one, other] = [office(), office()]
  one.begin()
  other.begin()
  await Promise.all(Array.from({ length: 20 }, (_, index) => one.mail.order(order(`both${index}@example.com`))))
  const got = () => box.letters.filter(({ to }) => to[0]?.startsWith('both'))
  await expect.poll(got).toHaveLength(20)
  expect(new Set(got().map(({ to }) => to[0])).size).toBe(20)
})

it('is tried again while the mail server has trouble, and says so in row and log', async () => {
  refusals.set('carla', 451)
  const { mail, begin, logged } = office()
  begin()
  await mail.order(order('carla@example.com'))
  await expect.poll(async () => (await rows())[0]?.failure).toContain('451')
  expect(logged()).toContain('it is tried again')
  refusals.delete('carla')
  await test.shift(60)
  await mail.order(order('somebody@example.com'))
  await expect.poll(() => box.to('carla@example.com')).toHaveLength(1)
})

it('is tried again when nobody listens at the address of the mail server', async () => {
  const gone = await openMailbox()
  await gone.close()
  const { mail, begin } = office({ server: server({ port: gone.port }) })
  begin()
  await mail.order(order('dora@example.com'))
  await expect.poll(async () => (await rows())[0]?.failure).toContain('ECONNREFUSED')
  expect(await rows()).toEqual([expect.objectContaining({ failed_at: null, tries: 1 })])
})

it('is given up when the mail server refuses the recipient (RFC 5321 §4.2.1), and stays to be seen for a week', async () => {
  refusals.set('eve', 550)
  const { mail, begin, logged } = office()
  begin()
  await mail.order(order('eve@example.com'))
  await expect.poll(async () => (await rows())[0]?.failed_at).toBeInstanceOf(Date)
  expect(logged()).toContain('"level":"error"')
  expect((await rows())[0]?.recipient).toBe('…@example.com')
  await mail.prune()
  expect(await rows()).toHaveLength(1)
  await test.shift(8 * 24 * 3600)
  await mail.prune()
  expect(await rows()).toEqual([])
})

it('is given up when it is too late for it', async () => {
  const { mail, begin, logged } = office()
  await mail.order({ ...order('fay@example.com'), seconds: 60 })
  await test.shift(120)
  begin()
  await expect.poll(async () => (await rows())[0]?.failure).toContain('in time')
  expect(box.to('fay@example.com')).toEqual([])
  expect(logged()).toContain('given up')
})

it('one whose process died in the middle is sent by another when the lease is over', async () => {
  const { mail, begin } = office()
  await mail.order(order('gus@example.com'))
  await sql`update trivet.mail_order set tries = 1, due_at = trivet.clock() + interval '2 minutes'`.execute(tables())
  begin()
  await mail.order(order('after@example.com'))
  await expect.poll(() => box.to('after@example.com')).toHaveLength(1)
  expect(box.to('gus@example.com')).toEqual([])
  await test.shift(121)
  await mail.order(order('wake@example.com'))
  await expect.poll(() => box.to('gus@example.com')).toHaveLength(1)
})

it('is not sent when its writer has nothing to say', async () => {
  const { mail, begin } = office({ writers: { greeting: async () => undefined } })
  begin()
  await mail.order(order('hal@example.com'))
  await expect.poll(rows).toEqual([])
  expect(box.to('hal@example.com')).toEqual([])
})

it('no name reaches the head of a letter: CR, LF and commas stay what they are (security §11.8)', async () => {
  const { mail, begin } = office()
  begin()
  const name = 'x\r\nBcc: spy@evil.example\r\n\r\n<b>body</b>\u2028X-Line: 1'
  await mail.order(order('ida@example.com', name))
  await mail.order(order('jon@example.com, spy@evil.example'))
  await expect.poll(() => box.to('ida@example.com')).toHaveLength(1)
  const [letter] = box.to('ida@example.com')
  expect([...(letter?.headers.keys() ?? [])]).not.toContain('bcc')
  expect([...(letter?.headers.keys() ?? [])]).not.toContain('x-line')
  expect(letter?.raw).not.toMatch(/content-type: text\/html/i)
  expect(box.letters.flatMap(({ to }) => to)).not.toContain('spy@evil.example')
})

it('signs in at the mail server, and logs the password nowhere', async () => {
  const locked = await openMailbox({ password: 'right-one' })
  const at = (password: string) => server({ port: locked.port, user: 'us', password: new Secret(password) })
  const wrong = office({ server: at('wrong-one') })
  wrong.begin()
  await wrong.mail.order(order('kim@example.com'))
  await expect.poll(async () => (await rows())[0]?.failure).toBeTruthy()
  // Wrong settings are mended: the letter waits for that.
  expect((await rows())[0]?.failed_at).toBeNull()
  expect(wrong.logged()).not.toContain('wrong-one')
  await wrong.mail.close()
  await test.shift(60)
  office({ server: at('right-one') }).begin()
  await expect.poll(() => locked.to('kim@example.com')).toHaveLength(1)
  await locked.close()
})

it('where TLS is required, nothing is handed in without it (RFC 3207 §6)', async () => {
  const { mail, begin } = office({ server: server({ tls: 'required' }) })
  begin()
  await mail.order(order('leo@example.com'))
  await expect.poll(async () => (await rows())[0]?.failure).toMatch(/STARTTLS|TLS/)
  expect(box.to('leo@example.com')).toEqual([])
})

it('without a mail server it goes to the log, where that is allowed; else nothing is kept', async () => {
  const printed = office({ toLog: true })
  expect(printed.mail.mode).toBe('log')
  printed.begin()
  await printed.mail.order(order('mia@example.com'))
  await expect.poll(printed.logged).toContain('To mia@example.com, Ana')
  await expect.poll(rows).toEqual([])

  const { log } = capturedLog()
  const off = createMail({ database: test.database, log, config: { server: undefined, toLog: false } })
  expect(off.mode).toBe('off')
  await off.order(order('noa@example.com'))
  expect(await rows()).toEqual([])
})
