import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isId } from '#base'
import { hashSecret } from '#crypto'
import { COOKIE, createHouse, type House } from './visitor.fixture.ts'

const HOUR = 3600
const DAY = 24 * HOUR

let house: House
beforeAll(async () => {
  house = await createHouse()
})
beforeEach(() => house.shift(0))
afterAll(() => house.close())

describe('a guest', () => {
  it('is made at the first POST, with a session and its cookie, and stays the same within the request', async () => {
    const [accounts, sessions] = [await house.count('user_account'), await house.count('browser_session')]
    const { caller, same } = await house.arrive()
    expect(caller).toMatchObject({ kind: 'guest' })
    expect(isId(caller.ownerId) && isId(caller.sessionId)).toBe(true)
    expect(same).toBe(true)
    expect([await house.count('user_account'), await house.count('browser_session')]).toEqual([
      accounts + 1,
      sessions + 1,
    ])
  })

  it('is never made by GET (decision "Guests"): no row, no cookie', async () => {
    const before = await house.count('user_account')
    for (const cookie of [undefined, `${COOKIE}=unknown`]) {
      expect(await house.send('GET', '/who', cookie)).toMatchObject({ status: 200, caller: null, setCookie: undefined })
    }
    expect(await house.count('user_account')).toBe(before)
  })

  it('is known by the cookie on every later request, and is not made twice', async () => {
    const { caller, cookie } = await house.arrive()
    expect(await house.who(cookie)).toEqual(caller)
    expect(await house.send('POST', '/act', cookie)).toMatchObject({ caller, setCookie: undefined })
  })

  it('is one for a double click (two POSTs with one visit cookie), with one session', async () => {
    const before = await house.count('user_account')
    const visit = `${COOKIE}-visit=${'v'.repeat(22)}`
    const [a, b] = await Promise.all([house.send('POST', '/act', visit), house.send('POST', '/act', visit)])
    expect(b.caller).toEqual(a.caller)
    expect(b.setCookie).toBe(a.setCookie)
    const secret = /=([^;]*)/.exec(a.setCookie ?? '')?.[1]
    expect(await house.who(`${COOKIE}=${secret}`)).toEqual(a.caller)
    // The second click may also come when the first is through, but not yet answered.
    expect((await house.send('POST', '/act', visit)).caller).toEqual(a.caller)
    expect(await house.count('user_account')).toBe(before + 1)
  })

  it('is a new one where the session of the first click has ended meanwhile', async () => {
    const visit = `${COOKIE}-visit=${'e'.repeat(22)}`
    const first = await house.send('POST', '/act', visit)
    await house.shift(13 * HOUR)
    const [a, b] = await Promise.all([house.send('POST', '/act', visit), house.send('POST', '/act', visit)])
    expect(a.caller).not.toEqual(first.caller)
    expect(b.caller).toEqual(a.caller)
  })

  it('is not shared by who sends another visit cookie, one of no form of ours, or another browser', async () => {
    const visit = (value: string) => `${COOKIE}-visit=${value}`
    const callers = await Promise.all([
      house.send('POST', '/act', visit('w'.repeat(22))),
      house.send('POST', '/act', visit('x'.repeat(22))),
      house.send('POST', '/act', visit('w'.repeat(22)), { 'user-agent': 'another' }),
      ...['short', 'short', 'w'.repeat(23), 'w'.repeat(23), '', ''].map((value) =>
        house.send('POST', '/act', visit(value)),
      ),
    ])
    expect(new Set(callers.map(({ caller }) => caller?.ownerId)).size).toBe(callers.length)
  })

  it('is another one for each browser', async () => {
    const [a, b] = [await house.arrive(), await house.arrive()]
    expect(a.caller.ownerId).not.toBe(b.caller.ownerId)
    expect(await house.who(a.cookie)).toEqual(a.caller)
    expect(await house.who(b.cookie)).toEqual(b.caller)
  })
})

describe('the session id', () => {
  it('has 256 random bits (ASVS 7.2.3: at least 128)', async () => {
    const secrets = new Set<string>()
    for (let n = 0; n < 5; n += 1) secrets.add((await house.arrive()).secret)
    expect(secrets.size).toBe(5)
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  })

  it('is stored as its SHA-256 only: who reads the database cannot become anybody', async () => {
    const { secret, caller } = await house.arrive()
    const row = await house.tables
      .selectFrom('browser_session')
      .selectAll()
      .where('id', '=', caller.sessionId)
      .executeTakeFirstOrThrow()
    expect(row.secret_hash.equals(hashSecret(secret))).toBe(true)
    expect(JSON.stringify(row) + row.secret_hash.toString('latin1')).not.toContain(secret)
    for (const text of [row.secret_hash.toString('hex'), row.secret_hash.toString('base64url'), row.id]) {
      expect(await house.who(`${COOKIE}=${text}`)).toBe(null)
    }
  })

  it('is in no line of the log', async () => {
    const { secret, cookie } = await house.arrive()
    await house.who(cookie)
    expect(house.logged()).toContain('"path":"/who"')
    expect(house.logged()).not.toContain(secret)
  })

  it('chosen by somebody else is not taken (fixation, security §9.5): the guest gets a new one', async () => {
    for (const planted of ['A'.repeat(43), 'x', 'A'.repeat(1000)]) {
      const answer = await house.send('POST', '/act', `${COOKIE}=${planted}`)
      expect(answer.setCookie).toMatch(new RegExp(`^${COOKIE}=[\\w-]{43};`))
      expect(answer.setCookie).not.toContain(planted.slice(0, 43).padEnd(43, 'x'))
      expect(await house.who(`${COOKIE}=${planted}`)).toBe(null)
    }
  })

  it.each(['', ' ', '%00', 'a%00b', '%ED%A0%80', `' or 1=1 --`, '\\x00', 'A'.repeat(8000)])(
    'of the form %j opens nothing and breaks nothing',
    async (value) => {
      expect(await house.send('GET', '/who', `${COOKIE}=${value}`)).toMatchObject({ status: 200, caller: null })
    },
  )

  it('has the attributes of the rule (security §10.16): HttpOnly, Lax, Path=/, 30 days', async () => {
    const { setCookie } = await house.arrive()
    expect(setCookie?.split('; ').slice(1).sort()).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Lax'])
  })
})

describe('limits (security §10.16, ASVS 7.3.1, 7.3.2)', () => {
  it('idle: ends after 12 hours without use', async () => {
    const { cookie, caller } = await house.arrive()
    await house.shift(12 * HOUR - 60)
    expect(await house.who(cookie)).toEqual(caller)
    const idle = await house.arrive()
    await house.shift(24 * HOUR - 30)
    expect(await house.who(idle.cookie)).toBe(null)
  })

  it('idle: each use begins the 12 hours anew', async () => {
    const { cookie, caller } = await house.arrive()
    for (let hours = 11; hours <= 66; hours += 11) {
      await house.shift(hours * HOUR)
      expect(await house.who(cookie)).toEqual(caller)
    }
    await house.shift(66 * HOUR + 12 * HOUR + 1)
    expect(await house.who(cookie)).toBe(null)
  })

  it('absolute: ends 30 days after its begin, however busy it was', async () => {
    const { cookie, caller } = await house.arrive()
    for (let hours = 11; hours < 30 * 24; hours += 11) {
      await house.shift(hours * HOUR)
      expect(await house.who(cookie), `after ${hours} h`).toEqual(caller)
    }
    await house.shift(30 * DAY - 120)
    expect(await house.who(cookie)).toEqual(caller)
    await house.shift(30 * DAY + 1)
    expect(await house.who(cookie)).toBe(null)
  })

  it('that are passed make a new guest at the next POST, and the old one stays out of reach', async () => {
    const { cookie, caller } = await house.arrive()
    await house.shift(13 * HOUR)
    const answer = await house.send('POST', '/act', cookie)
    expect(answer.caller?.ownerId).not.toBe(caller.ownerId)
    expect(answer.setCookie).toBeDefined()
    expect(await house.who(cookie)).toBe(null)
  })

  it('end with the account: deleted, its sessions open nothing', async () => {
    const { cookie, caller } = await house.arrive()
    await house.tables.deleteFrom('user_account').where('id', '=', caller.ownerId).execute()
    expect(await house.who(cookie)).toBe(null)
  })
})

describe('operation time', () => {
  const stamps = async (ownerId: string) =>
    house.tables
      .selectFrom('user_account as account')
      .innerJoin('browser_session as session', 'session.owner_id', 'account.id')
      .select([
        'account.operated_at as operated',
        'session.seen_at as seen',
        sql<number>`extract(epoch from session.ends_at - session.seen_at)::int`.as('left'),
      ])
      .where('account.id', '=', ownerId)
      .executeTakeFirstOrThrow()

  it('moves with use, of session and account alike', async () => {
    const { cookie, caller } = await house.arrive()
    const first = await stamps(caller.ownerId)
    await house.shift(2 * HOUR)
    await house.who(cookie)
    const later = await stamps(caller.ownerId)
    expect(Math.round((later.operated.getTime() - first.operated.getTime()) / 1000)).toBeCloseTo(2 * HOUR, -1)
    expect(later.seen).toEqual(later.operated)
    expect(later.left).toBe(12 * HOUR)
  })

  it('is written at most once a minute, and for that account only', async () => {
    const [busy, other] = [await house.arrive(), await house.arrive()]
    const [first, untouched] = [await stamps(busy.caller.ownerId), await stamps(other.caller.ownerId)]
    await house.shift(50)
    for (let n = 0; n < 3; n += 1) await house.who(busy.cookie)
    expect(await stamps(busy.caller.ownerId)).toEqual(first)
    await house.shift(70)
    await house.who(busy.cookie)
    expect((await stamps(busy.caller.ownerId)).operated.getTime()).toBeGreaterThan(first.operated.getTime())
    expect(await stamps(other.caller.ownerId)).toEqual(untouched)
  })

  it('moves by no request that is refused a session', async () => {
    const { cookie, caller } = await house.arrive()
    const first = await stamps(caller.ownerId)
    await house.shift(13 * HOUR)
    await house.who(cookie)
    expect(await stamps(caller.ownerId)).toEqual(first)
  })
})
