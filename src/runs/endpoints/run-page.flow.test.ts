import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure, newId } from '#base'
import type { FileRef } from '#storage'
import { hiddenFields } from '../testing/browser.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'
import { createSite, type Site } from '../testing/site.fixture.ts'

let site: Site
const script = createScript()
beforeAll(async () => {
  site = await createSite({ mashups: [script.mashup] })
})
beforeEach(() => script.play({}))
afterAll(() => site.close())

async function connected() {
  const person = await site.person()
  const account = site.rig.accounts.connect(person.ownerId, 'ana@parcel.example')
  return { ...person, account }
}
const start = (ownerId: string) => site.rig.start({ ownerId, mashup: script.mashup, input: { to: 'Oslo' } })

describe('GET /runs/:id', () => {
  it('its owner sees it; others, visitors and wrong ids get a page that says there is none', async () => {
    const { browser, ownerId } = await connected()
    const { id } = await start(ownerId)
    await site.rig.becomes(id, 'succeeded')
    const { status, headers, body } = await browser.get(`/runs/${id}`)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toContain('The parcel is on its way')
    const stranger = await site.person()
    for (const [other, path] of [
      [stranger.browser, `/runs/${id}`],
      [site.visitor(), `/runs/${id}`],
      [browser, `/runs/${newId()}`],
      [browser, '/runs/x'],
    ] as const) {
      const answer = await other.get(path)
      expect(answer.status).toBe(404)
      expect(answer.headers.get('content-type')).toContain('text/html')
      expect(answer.body).not.toContain('parcel is on its way')
    }
  })
})

describe('the buttons of the page, without JavaScript', () => {
  it('Cancel', async () => {
    const { browser, ownerId } = await site.person()
    const { id } = await start(ownerId)
    const { status, location } = await browser.submit(`/runs/${id}`, `/runs/${id}/cancel`, {})
    expect([status, location]).toEqual([303, `/runs/${id}`])
    expect((await browser.get(`/runs/${id}`)).body).toContain('id="cancelled"')
  })

  it('Retry', async () => {
    const { browser, ownerId } = await connected()
    let refuse = true
    script.play({
      stamp() {
        if (refuse) throw new Failure({ kind: 'refused', code: 'no', message: 'There are no stamps.' })
        return 'stamped'
      },
    })
    const { id } = await start(ownerId)
    await site.rig.becomes(id, 'failed')
    expect((await browser.get(`/runs/${id}`)).body).toContain('There are no stamps.')
    refuse = false
    const { status, location } = await browser.submit(`/runs/${id}`, `/runs/${id}/retry`, {})
    expect([status, location]).toEqual([303, `/runs/${id}`])
    await site.rig.becomes(id, 'succeeded')
  })

  it('need the token of the page: 403 without, and nothing is done', async () => {
    const { browser, ownerId } = await site.person()
    const { id } = await start(ownerId)
    const stranger = await site.person()
    const theirs = hiddenFields((await stranger.browser.get('/parcel')).body)
    for (const csrf of ['', 'forged', theirs['csrf'] ?? '']) {
      expect((await browser.post(`/runs/${id}/cancel`, { csrf })).status).toBe(403)
      expect((await browser.post(`/runs/${id}/retry`, { csrf })).status).toBe(403)
    }
    expect(await site.rig.find(id)).toMatchObject({ status: 'paused' })
  })

  it('of somebody else’s run do nothing', async () => {
    const { ownerId } = await site.person()
    const { id } = await start(ownerId)
    const stranger = await site.person()
    const { csrf = '' } = hiddenFields((await stranger.browser.get('/parcel')).body)
    expect((await stranger.browser.post(`/runs/${id}/cancel`, { csrf })).status).toBe(404)
    expect(await site.rig.find(id)).toMatchObject({ status: 'paused' })
  })
})

describe('GET /runs', () => {
  it('lists mine, and nobody else’s', async () => {
    const { browser, ownerId } = await site.person()
    const { id } = await start(ownerId)
    expect((await browser.get('/runs')).body).toContain(`href="/runs/${id}"`)
    const stranger = await site.person()
    expect((await stranger.browser.get('/runs')).body).not.toContain(id)
    expect((await site.visitor().get('/runs')).body).toContain('id="no-runs"')
  })
})

describe('GET /runs/:id/files/:file', () => {
  const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==',
    'base64',
  )

  /** A run that wrote a file. */
  async function wrote(file: { name: string; type: string; source: Buffer }) {
    const { browser, ownerId } = await connected()
    const written = Promise.withResolvers<FileRef>()
    script.play({
      pack: async ({ context }) => {
        const ref = await context.files.write({ ...file, maxBytes: 1000 })
        written.resolve(ref)
        return ref
      },
    })
    const { id } = await start(ownerId)
    await site.rig.becomes(id, 'succeeded')
    const { id: fileId } = await written.promise
    return { browser, runId: id, fileId, path: `/runs/${id}/files/${fileId}` }
  }

  it('a picture is shown in place, by its own type and under a policy that lets nothing run', async () => {
    const { browser, path } = await wrote({ name: 'cat.png', type: 'image/png', source: PNG })
    const response = await browser.open(path)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.byteLength),
      'content-disposition': "inline; filename*=UTF-8''cat.png",
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=31536000, immutable',
    })
    expect(Buffer.from(await response.arrayBuffer())).toEqual(PNG)
  })

  it.each([
    ['text/html', 'page.html', '<script>alert(1)</script>'],
    ['image/svg+xml', 'cat.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['application/pdf', 'cat.pdf', '%PDF-1.7'],
    ['text/javascript', 'x.js', 'alert(1)'],
  ])('everything else is handed out as a download, whatever it says it is: %s', async (type, name, text) => {
    const { browser, path } = await wrote({ name, type, source: Buffer.from(text) })
    const { headers, body } = await browser.get(path)
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${name}`)
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(body).toBe(text)
  })

  it('the name is encoded as RFC 8187 has it', async () => {
    const { browser, path } = await wrote({ name: 'chat d\'été (1)*"\r\n🐈.png', type: 'image/png', source: PNG })
    expect((await browser.get(path)).headers.get('content-disposition')).toBe(
      "inline; filename*=UTF-8''chat%20d%27%C3%A9t%C3%A9%20%281%29%2A%22%0D%0A%F0%9F%90%88.png",
    )
  })

  it('404 for another person, for the file of another run, and for none', async () => {
    const { browser, runId, fileId, path } = await wrote({ name: 'cat.png', type: 'image/png', source: PNG })
    const theirs = await wrote({ name: 'theirs.png', type: 'image/png', source: PNG })
    expect((await theirs.browser.get(path)).status).toBe(404)
    expect((await site.visitor().get(path)).status).toBe(404)
    for (const wrong of [
      `/runs/${runId}/files/${theirs.fileId}`,
      `/runs/${theirs.runId}/files/${fileId}`,
      `/runs/${runId}/files/${newId()}`,
      `/runs/${runId}/files/x`,
      `/runs/${runId}/files/..%2f..%2fetc%2fpasswd`,
    ]) {
      expect((await browser.get(wrong)).status, wrong).toBe(404)
    }
  })
})
