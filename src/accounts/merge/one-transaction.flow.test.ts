import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { silentLog } from '#testing'
import { createGuestMerge } from './guest-merge.ts'
import { useGuests } from './guests.fixture.ts'

const FIXTURE = fileURLToPath(new URL('killed.fixture.ts', import.meta.url))

const guests = useGuests()
const { accountExists, cookie, decide, files, guestWith, moved, namesOf, signIn } = guests

describe('one transaction', () => {
  it('that breaks off in the middle moves nothing, and can be done again', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    guests.afterMove = () => Promise.reject(new Error('the process dies here'))
    expect((await decide(browser, 'all')).status).toBe(500)
    expect(await namesOf(guestId)).toEqual(['a.txt'])
    expect(await guests.town.accounts.audit.list({ most: 1, target: user.publicId })).toEqual([])
    guests.afterMove = async () => true
    await decide(browser, 'all')
    expect(await namesOf(user.id)).toEqual(['a.txt'])
  })

  it.each([
    ['moved', false],
    ['stored', true],
  ])(
    'a process that is killed when it has %s everything leaves all of it done (%s) or nothing',
    async (point, isDone) => {
      const user = await guests.town.user()
      const { browser, guestId } = await guestWith('a.txt', 'b.txt')
      await signIn(browser, user.username)
      const session = { id: (await browser.who())?.sessionId, ownerId: user.id }
      const input = JSON.stringify({ url: guests.town.url.reveal(), session, point })
      const child = spawn(process.execPath, [FIXTURE, input], { stdio: 'ignore' })
      expect((await once(child, 'exit'))[1]).toBe('SIGKILL')
      expect(await namesOf(isDone ? user.id : guestId)).toEqual(['a.txt', 'b.txt'])
      expect(await accountExists(guestId)).toBe(!isDone)
      await decide(browser, 'all')
      expect(await namesOf(user.id)).toEqual(['a.txt', 'b.txt'])
      expect(await accountExists(guestId)).toBe(false)
    },
  )

  it('waits for a thing that is in use, with nothing moved meanwhile', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const seen: string[][] = []
    let tries = 0
    guests.afterMove = async () => {
      tries += 1
      seen.push(await namesOf(guestId))
      return tries === 3
    }
    expect((await decide(browser, 'all')).status).toBe(303)
    expect(seen).toEqual([['a.txt'], ['a.txt'], ['a.txt']])
    expect(await namesOf(user.id)).toEqual(['a.txt'])
  })

  it('is done again when it met another one: a deadlock, or the same account connected at that moment', async () => {
    const user = await guests.town.user()
    const { browser } = await guestWith('a.txt')
    await signIn(browser, user.username)
    const codes = ['40P01', '23505', '40001']
    guests.afterMove = async () => {
      const code = codes.pop()
      if (code !== undefined) throw Object.assign(new Error('met another one'), { code })
      return true
    }
    expect((await decide(browser, 'all')).status).toBe(303)
    expect(codes).toEqual([])
    expect(await namesOf(user.id)).toEqual(['a.txt'])
  })

  it('of a thing that stays in use is given up, with nothing moved, and says so', async () => {
    const user = await guests.town.user()
    const { browser, guestId } = await guestWith('a.txt')
    await signIn(browser, user.username)
    guests.afterMove = async () => false
    const merge = createGuestMerge({ database: guests.town.database, owned: [files], log: silentLog, patienceMs: 200 })
    const session = { id: (await browser.who())?.sessionId ?? '', ownerId: user.id }
    const taking = merge.take(session, () => true, { actor: user.publicId, address: '', publicId: user.publicId })
    await expect(taking).rejects.toMatchObject({ code: 'guest_things_in_use', retryAfter: 60 })
    expect(await namesOf(guestId)).toEqual(['a.txt'])
  })

  it('two tabs that take along at once, in two processes: once, and the browser stays signed in', async () => {
    const port = await guests.town.another()
    const user = await guests.town.user()
    const { browser } = await guestWith('a.txt', 'b.txt')
    await signIn(browser, user.username)
    const csrf = await browser.csrfOf('/account/merge')
    guests.afterMove = () => sleep(300, true)
    const send = (origin: string) =>
      fetch(`${origin}/account/merge`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          cookie: `${cookie()}=${browser.cookies.get(cookie())}`,
          host: new URL(guests.town.publicUrl).host,
          'x-forwarded-host': new URL(guests.town.publicUrl).host,
        },
        body: new URLSearchParams({ csrf, decision: 'all' }),
      })
    const answers = await Promise.all([
      send(guests.town.publicUrl),
      send(`http://localhost:${port}`),
      send(guests.town.publicUrl),
    ])
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
    // One that came after the secret had changed is asked to sign in, which the browser's new cookie answers.
    const ways = answers.map(({ headers }) => headers.get('location') ?? '')
    expect(ways.filter((way) => way === '/account?notice=taken_along')).toHaveLength(1)
    for (const way of ways)
      expect(way).toMatch(/^\/account(\?notice=taken_along)?$|^\/login\?return_to=%2Faccount%2Fmerge$/)
    const secrets = answers.filter(({ headers }) =>
      headers.getSetCookie().some((one) => one.startsWith(`${cookie()}=`)),
    )
    expect(secrets).toHaveLength(1)
    expect(await namesOf(user.id)).toEqual(['a.txt', 'b.txt'])
    expect(moved).toEqual([user.id])
  })
})
