import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTown } from '../people.fixture.ts'
import { createPostTown, type PostTown } from '../post-town.fixture.ts'

let town: PostTown
beforeAll(async () => {
  town = await createPostTown()
})
beforeEach(async () => {
  town.ended.length = 0
  await town.shift(0)
  await town.tables.deleteFrom('login_failure').execute()
})
afterAll(() => town.close())

const forgot = (email: string, browser = town.visitor()) => browser.submit('/forgot', { email })

describe('who has no account is told no other thing (ASVS 5.0, 6.3.8)', () => {
  it('same answer for an address that somebody has and for one that nobody has; a letter to one of them', async () => {
    const { email } = await town.reachable('noa')
    const answers = []
    for (const address of [email, 'nobody@example.com']) {
      const browser = town.visitor()
      const sent = await forgot(address, browser)
      const page = await browser.get(sent.location)
      const body = page.body.replace(/name="csrf" value="[^"]+"/g, '')
      answers.push({ status: sent.status, location: sent.location, names: [...sent.headers.keys()], body })
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.body).toContain('If an account has that address')
    await town.link(email, '/reset')
    await expect.poll(() => town.ordered('nobody@example.com')).toEqual([])
    expect(town.box.to('nobody@example.com')).toEqual([])
  })

  it('same time: neither answer waits for the mail server, and both store one order', async () => {
    // A mail server that does not even greet.
    const slow = await createPostTown()
    await slow.box.close()
    const { email } = await slow.reachable('olga')
    const times: number[] = []
    for (const address of [email, 'nobody@example.com']) {
      const browser = slow.visitor()
      const csrf = await browser.csrfOf('/forgot')
      const began = performance.now()
      expect((await browser.post('/forgot', { csrf, email: address })).status).toBe(303)
      times.push(performance.now() - began)
    }
    expect(Math.max(...times)).toBeLessThan(2000)
    // Only the one that somebody has is still to be sent, since that failed; the other one was looked up and dropped.
    await expect.poll(() => slow.ordered(email)).toEqual([expect.objectContaining({ kind: 'password_reset' })])
    await expect.poll(() => slow.ordered('nobody@example.com')).toEqual([])
    await slow.close()
  })

  it('the letter goes to the address as it stands in the account, not as it was typed', async () => {
    await town.reachable('pia', 'Pia.Lang@example.com')
    await forgot('pia.lang@example.com')
    await town.link('Pia.Lang@example.com', '/reset')
    expect(town.box.to('pia.lang@example.com')).toEqual([])
  })

  it('each account with that address gets a letter of its own, which names it', async () => {
    await town.reachable('quin', 'family@example.com')
    await town.reachable('rosa', 'family@example.com')
    await forgot('family@example.com')
    await expect.poll(() => town.box.to('family@example.com')).toHaveLength(2)
    const names = town.box.to('family@example.com').map(({ text }) => /^Hello (\w+),/.exec(text)?.[1])
    expect(names.toSorted()).toEqual(['quin', 'rosa'])
  })

  it('is not pushed out by accounts that somebody else made in that address before', async () => {
    for (let n = 0; n < 11; n++) await town.reachable(`squatter${n}`, 'tess@example.com')
    await town.reachable('tess', 'tess@example.com', true)
    await forgot('tess@example.com')
    await expect.poll(() => town.box.to('tess@example.com').length).toBeGreaterThanOrEqual(10)
    await expect.poll(async () => (await town.ordered('tess@example.com')).length).toBe(0)
    const names = town.box.to('tess@example.com').map(({ text }) => /^Hello (\w+),/.exec(text)?.[1])
    expect(names).toHaveLength(10)
    expect(names).toContain('tess')
  })

  it.each([
    ['two addresses', 'ana@example.com,spy@evil.example'],
    ['a second line', 'ana@example.com\r\nBcc: spy@evil.example'],
    ['an address with a name', 'Ana <ana@example.com>'],
    ['two @ (CVE-2022-35924)', 'ana@evil.example@example.com'],
    ['letters that only look like ASCII', 'ana@exampleſ.com'],
    ['nothing', ''],
  ])('%s is no address: nothing is ordered', async (_words, email) => {
    const answer = await forgot(email)
    expect(answer.status).toBe(422)
    expect(await town.ordered(email)).toEqual([])
    expect(town.box.letters.flatMap(({ to }) => to)).not.toContain('spy@evil.example')
  })

  it('a name with line breaks or markup says nothing of its own in a letter (security §11.8, next-auth CVE-2022-31127)', async () => {
    const { id, email } = await town.reachable('sam')
    const name = 'sam\r\n\r\nYour account is locked: https://evil.example/<b>now</b>'
    await town.tables.updateTable('user_account').set({ username: name }).where('id', '=', id).execute()
    await forgot(email)
    await town.link(email, '/reset')
    const letter = town.box.to(email)[0]
    expect(letter?.text).not.toMatch(/^Your account/m)
    expect(letter?.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(letter?.headers.get('subject')).not.toContain('sam')
  })
})

describe('limits, held in PostgreSQL (ASVS 5.0, 6.3.1)', () => {
  it('three letters to one address, then none for a quarter of an hour, from wherever they are asked for', async () => {
    const { email } = await town.reachable('tom')
    for (let count = 0; count < 3; count += 1) expect((await forgot(email)).status).toBe(303)
    const answer = await town
      .visitor({ 'x-forwarded-for': '203.0.113.7' })
      .submit('/forgot', { email: email.toUpperCase() })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(800)
    await expect.poll(() => town.box.to(email)).toHaveLength(3)
    await expect.poll(() => town.ordered(email)).toEqual([])
    await town.shift(15 * 60 + 5)
    expect((await forgot(email)).status).toBe(303)
  })

  it('a hundred at once are three', async () => {
    const { email } = await town.reachable('uma')
    const browser = town.visitor()
    const csrf = await browser.csrfOf('/forgot')
    const answers = await Promise.all(Array.from({ length: 100 }, () => browser.post('/forgot', { csrf, email })))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(3)
    await expect.poll(() => town.ordered(email)).toEqual([])
    expect(town.box.to(email)).toHaveLength(3)
  })

  it('the same for an address that nobody has', async () => {
    const answers = []
    for (let count = 0; count < 4; count += 1) answers.push((await forgot('nobody-at-all@example.com')).status)
    expect(answers).toEqual([303, 303, 303, 429])
  })

  it('twenty from one network in an hour, whatever the addresses', async () => {
    const browser = town.visitor({ 'x-forwarded-for': '198.51.100.9' })
    const csrf = await browser.csrfOf('/forgot')
    const answers = []
    for (let count = 0; count < 21; count += 1) {
      answers.push((await browser.post('/forgot', { csrf, email: `person${count}@example.net` })).status)
    }
    expect(answers.slice(0, 20).every((status) => status === 303)).toBe(true)
    expect(answers[20]).toBe(429)
    const other = town.visitor({ 'x-forwarded-for': '198.51.100.10' })
    expect((await forgot('somebody@example.net', other)).status).toBe(303)
  })
})

describe('where no mail is sent', () => {
  it('the page says whom to ask, and nothing is stored', async () => {
    const silent = await createTown()
    const browser = silent.visitor()
    expect((await browser.get('/forgot')).body).toContain('trivet user reset-link')
    const csrf = await browser.csrfOf('/login')
    const answer = await browser.post('/forgot', { csrf, email: 'ana@example.com' })
    expect(answer.body).toContain('id="forgot-off"')
    expect(await silent.tables.selectFrom('login_failure').selectAll().execute()).toEqual([])
    await silent.close()
  })

  it('on the machine of who runs it the letter is in the log', async () => {
    const local = await createTown({}, undefined, { server: undefined, toLog: true })
    const { id } = await local.user('xena')
    await local.tables
      .updateTable('user_account')
      .set({ email: 'x@example.com', email_folded: 'x@example.com' })
      .where('id', '=', id)
      .execute()
    const browser = local.visitor()
    expect((await browser.get('/forgot')).body).toContain('id="forgot-log"')
    await browser.submit('/forgot', { email: 'x@example.com' })
    await expect.poll(local.logged).toMatch(/\/reset\?token=[\w-]{43}/)
    await local.close()
  })
})
