import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTown, PASSWORD, type Town } from '../people.fixture.ts'

let town: Town
beforeAll(async () => {
  town = await createTown()
})
beforeEach(async () => {
  await town.tables.deleteFrom('login_failure').execute()
  await town.shift(0)
})
afterAll(() => town.close())

let nextAddress = 0
/** Each from an address of its own, so that only the name counts. */
function elsewhere() {
  nextAddress += 1
  return { 'x-forwarded-for': `198.51.${Math.floor(nextAddress / 250)}.${nextAddress % 250}` }
}
const wrong = (name: string, from = elsewhere()) => town.login(name, 'a wrong one', from)

async function fail(name: string, times: number) {
  for (let n = 0; n < times; n += 1) expect((await wrong(name)).status).toBe(200)
}

describe('wrong passwords for one name, from whatever addresses', () => {
  it('ten are free; then 429 with Retry-After, with the same words for the right password', async () => {
    const { username } = await town.user()
    await fail(username, 10)
    for (const answer of [await wrong(username), await town.login(username, PASSWORD, elsewhere())]) {
      expect(answer.status).toBe(429)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(25)
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(30)
      expect(answer.json).toEqual({ result: 'failed', token: null, error: 'too_many_attempts' })
    }
  })

  it('are counted for names that nobody has in the same way (ASVS 6.3.8)', async () => {
    await fail('nobody-has-this', 10)
    expect((await wrong('nobody-has-this')).status).toBe(429)
    expect((await wrong('NOBODY-has-THIS')).status).toBe(429)
    expect((await wrong('another')).status).toBe(200)
  })

  it('cost a pause that doubles up to 15 minutes; the right password ends it all', async () => {
    const { username } = await town.user()
    await fail(username, 10)
    let now = 0
    for (const pause of [30, 60, 120, 240, 480, 900, 900]) {
      await town.shift(now + pause - 3)
      expect((await wrong(username)).status).toBe(429)
      now += pause + 1
      await town.shift(now)
      expect((await wrong(username)).status, `after ${pause} s`).toBe(200)
    }
    await town.shift(now + 901)
    expect((await town.login(username, PASSWORD, elsewhere())).json['result']).toBe('succeeded')
    await fail(username, 10)
  })

  it('that come during the pause do not make it longer: nobody is kept out by who goes on', async () => {
    const { username } = await town.user()
    await fail(username, 10)
    for (let n = 0; n < 5; n += 1) expect((await wrong(username)).status).toBe(429)
    await town.shift(31)
    expect((await town.login(username, PASSWORD, elsewhere())).status).toBe(200)
  })

  it('are forgotten after a day', async () => {
    const { username } = await town.user()
    await fail(username, 9)
    await town.shift(24 * 3600 + 5)
    await fail(username, 10)
    await town.shift(3 * 24 * 3600)
    await town.accounts.prune()
    expect(await town.tables.selectFrom('login_failure').selectAll().execute()).toEqual([])
  })

  it('count for all processes together: they are in PostgreSQL', async () => {
    const { username } = await town.user()
    const port = await town.another()
    const there = (password: string) =>
      fetch(`http://127.0.0.1:${port}/login`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-host': new URL(town.publicUrl).host,
          ...elsewhere(),
        },
        body: JSON.stringify({ username, password }),
      })
    for (let n = 0; n < 5; n += 1) await Promise.all([wrong(username), there('a wrong one')])
    expect((await there(PASSWORD)).status).toBe(429)
    expect((await wrong(username)).status).toBe(429)
  })

  it('a hundred at once are worth no more than ten: the right one among the rest is not told', async () => {
    const { username } = await town.user()
    const guesses = Array.from({ length: 100 }, (_, n) => (n < 99 ? `guess number ${n}` : PASSWORD))
    const answers = await Promise.all(guesses.map((guess) => town.login(username, guess, elsewhere())))
    const told = answers.filter(({ status }) => status === 200)
    expect(told.every(({ json }) => json['result'] === 'failed')).toBe(true)
    // Two are checked at once here, so that one more may have got through beside the tenth.
    expect(told.length).toBeLessThanOrEqual(11)
    const [row] = await town.tables.selectFrom('login_failure').select('failures').where('failures', '>', 1).execute()
    expect(row?.failures).toBeLessThanOrEqual(11)
  })

  it('a hundred right ones at once all get in: what is right is not counted', async () => {
    const { username } = await town.user()
    const answers = await Promise.all(Array.from({ length: 100 }, () => town.login(username, PASSWORD)))
    expect(new Set(answers.map(({ json }) => json['result']))).toEqual(new Set(['succeeded']))
  })
})

describe('wrong passwords from one address, for whatever names', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address })

  it('fifty are free; then 429 for all names, known or not, and other addresses go on', async () => {
    const { username } = await town.user()
    const guesses = Array.from({ length: 50 }, (_, n) => town.login(`name-${n}`, 'a wrong one', from('192.0.2.9')))
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([200]))
    for (const name of [username, 'nobody'])
      expect((await town.login(name, PASSWORD, from('192.0.2.9'))).status).toBe(429)
    expect((await town.login(username, PASSWORD, from('192.0.2.10'))).status).toBe(200)
  })

  it('an account of one’s own is no way out: its right password forgets nothing of the address', async () => {
    const mine = await town.user()
    for (let n = 0; n < 50; n += 1) {
      if (n % 10 === 9) await town.login(mine.username, PASSWORD, from('192.0.2.20'))
      await town.login(`victim-${n}`, 'a wrong one', from('192.0.2.20'))
    }
    expect((await town.login(mine.username, PASSWORD, from('192.0.2.20'))).status).toBe(429)
  })

  it('all addresses of one /64 are one (RFC 6177)', async () => {
    for (let n = 0; n < 50; n += 1) await town.login(`v6-${n}`, 'a wrong one', from(`2001:db8:0:7::${n.toString(16)}`))
    expect((await town.login('v6', 'x', from('2001:db8:0:7:ffff::1'))).status).toBe(429)
    expect((await town.login('v6', 'x', from('2001:db8:0:8::1'))).status).toBe(200)
  })
})

describe('everywhere a password is asked for', () => {
  it('the form counts with the JSON call, and says how long to wait', async () => {
    const { username } = await town.user()
    await fail(username, 9)
    const browser = town.visitor(elsewhere())
    expect((await browser.submit('/login', { username, password: 'a wrong one' })).status).toBe(422)
    const blocked = await browser.submit('/login', { username, password: PASSWORD })
    expect(blocked.status).toBe(429)
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(20)
    expect(blocked.body).toMatch(/Wait \d+ seconds/)
    expect(await browser.who()).toBe(null)
  })

  it('a borrowed session is no way to guess: change of password and deletion count as well', async () => {
    const { username } = await town.user()
    const browser = await town.signedIn(username)
    const change = () =>
      browser.submit('/account/password', { current_password: 'a wrong one', new_password: 'lamp river tuesday' })
    for (let n = 0; n < 5; n += 1) expect((await change()).status).toBe(422)
    for (let n = 0; n < 5; n += 1) {
      expect((await browser.submit('/account/delete', { password: 'a wrong one' })).status).toBe(422)
    }
    expect((await change()).status).toBe(429)
    expect((await browser.submit('/account/delete', { password: PASSWORD })).status).toBe(429)
    // Counted apart from the sign-in: neither do strangers there keep its owner from this, nor this its owner from there.
    expect((await town.login(username, PASSWORD, elsewhere())).json['result']).toBe('succeeded')
  })

  it('the moment of the block is in the log of the user', async () => {
    const user = await town.user()
    await fail(user.username, 10)
    await wrong(user.username)
    const events = await town.tables
      .selectFrom('login_event')
      .select('outcome')
      .where('owner_id', '=', user.id)
      .orderBy('id')
      .execute()
    expect(events.map(({ outcome }) => outcome)).toEqual([...Array(9).fill('failed'), 'blocked'])
  })
})
