import { describe, expect, test } from 'vitest'
import { askForAvatar, postAvatar, startAvatar } from './harness/avatars.ts'
import { agree, isStatus, readRun, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

describe('the form', () => {
  test.each([
    ['an unknown style', { style: 'no-such-style' }, 'There is no style called'],
    ['a path for a style', { style: '../../etc/passwd' }, 'There is no style called'],
    ['a member of every object', { style: '__proto__' }, 'There is no style called'],
    ['a colour that is none', { background_color: 'reddish' }, 'This is no colour'],
    ['what DiceBear 10 would drop: transparent', { background_color: 'transparent' }, 'This is no colour'],
    ['a mood that no style has', { mood: 'furious' }, 'There is no mood of that name'],
    ['a mood for a style without moods', { style: 'rings', mood: 'happy' }, 'Rings has no moods'],
    ['a seed of 10 kB', { seed: 'x'.repeat(10_240) }, 'at most 200 characters'],
  ])('%s: 422 beside the field, nobody is asked', async (_what, wanted, said) => {
    const answer = await postAvatar(site.client(), wanted)
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('id="errors"')
    expect(answer.text).toContain(said)
    expect(await site.sandbox.requests('authorize')).toEqual([])
  })

  test('the preview says no to options that are none, and to those that it does not know', async () => {
    const client = site.client()
    for (const [query, said] of [
      ['style=no-such', 'There is no style called'],
      ['background_color=red', 'This is no colour'],
      ['backgroundColor=ff0000', 'There is no option backgroundColor'],
      ['style=lorelei&eyesVariant=variant01', 'There is no option eyesVariant'],
      [`seed=${'x'.repeat(7000)}`, 'at most 200 characters'],
    ]) {
      const answer = await client.getJson(`/avatars/preview.svg?${query}`)
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(said ?? '')])
    }
  })

  test.each([
    ['emoji', '🦊👩‍👩‍👧‍👦'],
    ['right to left', 'مرحبا שלום \u202eabc'],
    ['markup', '<script>alert(1)</script><img src=x onerror=alert(1)>"&\''],
  ])('%s for a seed: drawn, and shown as it was typed', async (_what, seed) => {
    const { page } = await site.visitor()
    await askForAvatar(page, site.product.url, { seed, style: 'initials' })
    await agree(page, 'ana')
    await page.waitForURL('**/avatars/show_avatar?run=*')
    expect(await page.locator('#avatar-options').innerText()).toContain(seed.replace('\u202e', '\u202e'))
    expect(await page.locator('#avatar').evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(
      0,
    )
  })
})

describe('what Discord says of people', () => {
  test('markup, right-to-left and emoji in the name, and an animated picture: text, and a still picture', async () => {
    const { page } = await site.visitor()
    await askForAvatar(page, site.product.url)
    await agree(page, 'zoe')
    await page.waitForURL('**/avatars/show_avatar?run=*')
    expect(await page.locator('h1').innerText()).toContain('<b>Zoë</b>')
    expect(await page.locator('h1 b').count()).toBe(0)
    expect(
      await page.locator('#discord-picture').evaluate((image) => (image as HTMLImageElement).naturalWidth),
    ).toBeGreaterThan(0)
    const pictures = (await site.sandbox.requests()).filter(({ path }) => path.startsWith('/discord/cdn/'))
    expect(pictures.map(({ path }) => path)).toContainEqual(expect.stringMatching(/\/a_\w+\.png$/))
  })

  test('without a picture and a display name: the user name, and Discord’s own picture', async () => {
    const { page } = await site.visitor()
    await askForAvatar(page, site.product.url)
    await agree(page, 'bob')
    await page.waitForURL('**/avatars/show_avatar?run=*')
    const pictures = (await site.sandbox.requests()).filter(({ path }) => path.startsWith('/discord/cdn/'))
    expect(pictures.at(-1)?.path).toMatch(/\/embed\/avatars\/[0-5]\.png$/)
  })
})

describe('what the others answer', () => {
  test('HTML instead of JSON from Discord: said in words, tried again, and it comes', async () => {
    const client = site.client()
    await runUntil(client, await startAvatar(client), isStatus('succeeded'))
    await site.sandbox.fault({ provider: 'discord', on: 'users.me', kind: 'html', times: 1 })
    const id = (await postAvatar(client, { seed: 'html' })).location.split('/').at(-1) ?? ''
    await runUntil(client, id, (run) => run.steps[0]?.message?.includes('Trying again') ?? false)
    const run = await runUntil(client, id, isStatus('succeeded'))
    expect(run.steps[0]?.attempts).toBe(2)
  })

  test('429 from Discord: as many seconds as it says, durably, and then it goes on', async () => {
    const client = site.client()
    await runUntil(client, await startAvatar(client), isStatus('succeeded'))
    await site.sandbox.fault({ provider: 'discord', on: 'users.me', kind: 'rate_limit', retry_after: 3, times: 1 })
    const id = (await postAvatar(client, { seed: '429' })).location.split('/').at(-1) ?? ''
    const began = performance.now()
    const run = await runUntil(client, id, isStatus('succeeded'))
    expect(performance.now() - began).toBeGreaterThan(2800)
    expect(run.steps[0]?.attempts).toBe(2)
    expect(run.steps[0]?.message).toContain('@')
  })

  test.each([
    ['a script', 'script_in_svg'],
    ['a picture from elsewhere', 'external_reference'],
  ])('an SVG with %s: not taken, drawn here instead, and said so', async (_what, kind) => {
    await site.sandbox.fault({ provider: 'dicebear', kind, times: 1 })
    const client = site.client()
    const id = await startAvatar(client, { seed: kind })
    const run = await runUntil(client, id, isStatus('succeeded'))
    expect(run.steps[2]?.message).toMatch(/^drawn here by the DiceBear library\. /)
    const svg = await client.get(`/avatars/${id}/avatar.svg`)
    expect(svg.text).not.toMatch(/<script|onload|https?:\/\/[^"]*\.(png|jpg)/)
  })

  test('DiceBear has a problem: drawn here, byte for byte the same', async () => {
    const client = site.client()
    const same = { seed: 'same', background_color: 'b6e3f4' }
    const first = await startAvatar(client, same)
    expect((await runUntil(client, first, isStatus('succeeded'))).steps[2]?.message).toMatch(/^drawn by /)
    await site.sandbox.fault({ provider: 'dicebear', on: 'svg', kind: 'status', status: 503, times: 1 })
    const second = (await postAvatar(client, same)).location.split('/').at(-1) ?? ''
    expect((await runUntil(client, second, isStatus('succeeded'))).steps[2]?.message).toMatch(/^drawn here/)
    const [one, two] = await Promise.all([first, second].map((id) => client.get(`/avatars/${id}/avatar.svg`)))
    expect(two?.text).toBe(one?.text)
  })
})

describe('an avatar is its owner’s', () => {
  test('somebody else’s run, an unknown one, one that is none: 404; without any, the form', async () => {
    const owner = site.client()
    const id = await startAvatar(owner)
    await runUntil(owner, id, isStatus('succeeded'))
    const stranger = site.client()
    await runUntil(stranger, await startAvatar(stranger, {}, 'bob'), isStatus('succeeded'))
    for (const client of [stranger, site.client()]) {
      for (const path of [`/avatars/show_avatar?run=${id}`, `/avatars/${id}/avatar.svg`, `/avatars/${id}/avatar.png`]) {
        const answer = await client.get(path)
        expect([path, answer.status]).toEqual([path, 404])
        expect(answer.text).not.toContain('Ana')
      }
    }
    for (const run of ['x', '../x', crypto.randomUUID()]) {
      expect((await owner.get(`/avatars/show_avatar?run=${encodeURIComponent(run)}`)).status).toBe(404)
    }
    const nobody = await site.client().get('/show_avatar')
    expect([nobody.status, new URL(nobody.location).pathname]).toEqual([302, '/avatars/show_avatar'])
    const form = await site.client().get('/avatars/show_avatar')
    expect([form.status, new URL(form.location).pathname]).toEqual([303, '/avatars'])
  })

  test('the paths of the documents at the root', async () => {
    const client = site.client()
    const form = await client.get('/get_avatar?seed=a%20b')
    expect([form.status, form.location]).toEqual([302, `${site.product.url}/avatars?seed=a%20b`])
    const posted = await client.postForm('/get_avatar', { seed: 'kept', style: 'rings' })
    expect([posted.status, new URL(posted.location).pathname]).toEqual([308, '/avatars/get_avatar'])
    const id = await startAvatar(client)
    await runUntil(client, id, isStatus('succeeded'))
    const last = await client.get((await client.get('/show_avatar')).location)
    expect(last.status).toBe(200)
    expect(last.text).toContain(`/avatars/${id}/avatar.svg`)
    expect((await readRun(client, id)).status).toBe('succeeded')
  })

  test('opened by itself, the SVG is a document that may do nothing (security §10.17)', async () => {
    const { page, complaints } = await site.visitor()
    await askForAvatar(page, site.product.url)
    await agree(page, 'ana')
    await page.waitForURL('**/avatars/show_avatar?run=*')
    const source = (await page.locator('#avatar').getAttribute('src')) ?? ''
    const answer = await page.goto(`${site.product.url}${source}`)
    const headers = answer?.headers() ?? {}
    expect(headers['content-type']).toMatch(/^image\/svg\+xml/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox")
    // A sandboxed document has an origin of its own: no cookies of ours, no storage.
    expect(await page.evaluate(() => self.origin)).toBe('null')
    const ran = await page
      .evaluate(() => {
        const script = document.createElementNS('http://www.w3.org/2000/svg', 'script')
        script.textContent = 'document.documentElement.setAttribute("data-ran", "yes")'
        document.documentElement.append(script)
        return document.documentElement.getAttribute('data-ran')
      })
      .catch(() => null)
    expect(ran).toBeNull()
    expect(complaints.splice(0)).toEqual([expect.stringContaining('Blocked script execution')])
  })
})

// At the end: whoever looks at the form from the same address right after it sees no drawing.
test('the preview is limited, and says when to go on', async () => {
  const client = site.client()
  const answers = await Promise.all(
    Array.from({ length: 130 }, (_, seed) => client.get(`/avatars/preview.svg?seed=${seed}`)),
  )
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(0)
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(100)
  expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0)
})
