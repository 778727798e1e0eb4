import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccountHandle } from '#connections'
import { createOutbound, type Outbound } from '#outbound'
import { failureOf, serve, type TestServer } from '#testing'
import { discord } from './connector.ts'

const USER = {
  id: '80351110224678912',
  username: 'dot',
  discriminator: '0',
  global_name: 'Dot Dorn',
  avatar: 'f'.repeat(32),
  locale: 'en-US',
  premium_type: 0,
}

let there: TestServer
let outbound: Outbound
let answer: (response: ServerResponse) => void
let learned: unknown[]
beforeAll(async () => {
  there = await serve((_request, response) => answer(response))
  outbound = createOutbound({ allow: [there.host], userAgent: 'trivet-test' })
})
afterAll(async () => {
  await outbound.close()
  await there[Symbol.asyncDispose]()
})
beforeEach(() => {
  learned = []
})

const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  answer = (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
const page = (status: number, headers: Record<string, string> = {}) => {
  answer = (response) =>
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<h1>Attention Required!</h1>')
}

function client() {
  const account: AccountHandle = {
    connectionId: 'connection-1',
    provider: 'discord',
    name: 'Dot',
    picturesUrl: 'https://cdn.example',
    pictureHosts: ['cdn.example:443'],
    send: ({ path, headers, signal, maxBytes = 0, purpose = '', ...request }) =>
      outbound.send({
        ...{ method: request.method, url: `${there.url}${path}`, hosts: [there.host], maxBytes, purpose },
        ...(headers === undefined ? {} : { headers }),
        ...(signal === undefined ? {} : { signal }),
      }),
    learn: async (profile) => void learned.push(profile),
  }
  return discord({ scopes: ['identify'], why: 'show your name' }).client(account)
}

describe('who somebody is', () => {
  it('is told as plain data, with a still picture', async () => {
    json(200, { ...USER, avatar: `a_${'f'.repeat(32)}` })
    const profile = await client().me()
    expect(profile).toEqual({
      id: USER.id,
      username: 'dot',
      name: 'Dot Dorn',
      picture: {
        url: `https://cdn.example/avatars/${USER.id}/a_${'f'.repeat(32)}.png?size=256`,
        hosts: ['cdn.example:443'],
      },
    })
    expect(structuredClone(profile)).toEqual(profile)
    expect(learned).toEqual([{ ...USER, avatar: `a_${'f'.repeat(32)}` }])
  })

  it('has a default picture and the user name where nothing else is set', async () => {
    const { avatar: _, global_name: __, ...bare } = USER
    json(200, bare)
    expect(await client().me()).toMatchObject({
      name: 'dot',
      picture: { url: 'https://cdn.example/embed/avatars/5.png' },
    })
  })

  it.each([
    ['a right-to-left override', 'Ana\u202egnp.exe', 'Ana gnp.exe'],
    ['control characters and line ends', 'A\u0000n\r\na', 'A n a'],
    ['a lone surrogate', 'Ana \ud800', 'Ana \ufffd'],
    ['nothing that can be seen', '\u200b\u2060', 'dot'],
    ['markup, which pages escape', '<b>Ana</b>', '<b>Ana</b>'],
  ])('has a name that can be shown: %s', async (_what, written, shown) => {
    json(200, { ...USER, global_name: written })
    expect((await client().me()).name).toBe(shown)
  })

  it('is called as the account is, until more is known', () => expect(client().accountName).toBe('Dot'))
})

describe('answers that say no', () => {
  it.each([
    ['the header, where the exact wait is', {}, { 'retry-after': '1.337' }, 1.337],
    ['the header, and never the body beside it', { retry_after: 1e308 }, { 'retry-after': '7' }, 7],
    ['nobody', { retry_after: 31_536_000 }, {}, 30],
    ['the header, an hour at most', {}, { 'retry-after': '86400' }, 3600],
  ])('429 is waited out as long as %s says', async (_what, body, headers, retryAfter) => {
    json(429, body, headers)
    const { data } = await failureOf(client().me())
    expect(data).toMatchObject({ kind: 'rate_limited', code: 'discord_rate_limited', retryAfter })
    expect(data.message).toContain(`in ${Math.ceil(retryAfter)} seconds`)
  })

  it('429 of somebody in between, without JSON, is waited out as well', async () => {
    page(429, { 'retry-after': '12' })
    expect((await failureOf(client().me())).data).toMatchObject({ code: 'discord_rate_limited', retryAfter: 12 })
  })

  it.each([
    ['401', 401, { message: '401: Unauthorized', code: 0 }, 'needs_reconnect', 'discord_reconnect_needed'],
    ['403', 403, { message: 'Missing Access', code: 50001 }, 'refused', 'discord_refused'],
    ['500', 500, { message: 'oops' }, 'transient', 'discord_unavailable'],
  ])('%s', async (_what, status, body, kind, code) => {
    json(status, body)
    const failure = await failureOf(client().me())
    expect(failure.data).toMatchObject({ kind, code })
    expect(failure.data.message).not.toContain(String(body.message))
  })

  it.each([200, 403, 401, 502])('a page in place of JSON (status %i) passes', async (status) => {
    page(status)
    expect((await failureOf(client().me())).data).toMatchObject({ kind: 'transient', code: 'discord_unavailable' })
    expect(learned).toEqual([])
  })

  it.each([
    ['a number for an id', { ...USER, id: 80351110224678912 }],
    ['an id that is a path', { ...USER, id: '../../x' }],
    ['no user name', { ...USER, username: undefined }],
    ['a list', []],
    ['null', null],
  ])('a profile that is none passes too: %s', async (_what, body) => {
    json(200, body)
    expect((await failureOf(client().me())).data).toMatchObject({ kind: 'transient', code: 'discord_unavailable' })
    expect(learned).toEqual([])
  })

  it('a broken connection is Discord’s bad moment', async () => {
    answer = (response) => response.destroy()
    expect((await failureOf(client().me())).data).toMatchObject({ kind: 'transient', code: 'discord_unavailable' })
  })

  it('a caller who gives up gets no other word for it', async () => {
    answer = () => {}
    const failure = failureOf(client().me({ signal: AbortSignal.timeout(50) }))
    expect((await failure).data.kind).toBe('cancelled')
  })
})
