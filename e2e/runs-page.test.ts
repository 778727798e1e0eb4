import { describe, expect, test } from 'vitest'
import { askForCat, postCat, startCat } from './harness/cats.ts'
import { agreeAtSandbox } from './harness/consent.ts'
import { agree, isStatus, readRun, runIdOf, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()
const SLOW_SEARCH = { provider: 'thecatapi', on: 'images.search', kind: 'slow' } as const
const SLOW_UPLOAD = { provider: 'google', on: 'drive.upload', kind: 'slow' } as const

describe('the page of a run', () => {
  test('is live: the step that runs is marked, and the result comes by itself', async () => {
    await site.sandbox.fault({ ...SLOW_UPLOAD, seconds: 1 })
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    const upload = page.locator('[data-step="Save it to your Drive"]')
    await page.locator('[data-step="Save it to your Drive"][aria-current="step"]').waitFor()
    expect(await upload.locator('[data-status-text]').innerText()).toBe('running')
    expect(await page.locator('[data-step="Find a cat"] [data-message]').innerText()).toMatch(/^Bengal, /)
    await expect
      .poll(() => page.locator('[data-progress-number]').innerText(), { timeout: 5000 })
      .toMatch(/^[5-9]\d %$/)
    await page.locator('#result').waitFor()
    expect(await page.locator('#progress').count()).toBe(0)
  })

  test('tab closed while it runs: the result is there later', async () => {
    await site.sandbox.fault({ ...SLOW_SEARCH, seconds: 1 })
    const { page, context } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#progress').waitFor()
    await page.close()
    const later = await context.newPage()
    const link = later.getByRole('link', { name: 'A Bengal is in your Drive' })
    const listed = async () => {
      await later.goto(`${site.product.url}/runs`)
      return link.count()
    }
    await expect.poll(listed, { timeout: 15_000, interval: 500 }).toBe(1)
    expect(await site.sandbox.files()).toHaveLength(1)
    await link.click()
    await later.locator('#result').waitFor()
  })

  test('Cancel while it runs: cancelled within seconds, no file in the Drive', async () => {
    await site.sandbox.fault({ ...SLOW_SEARCH, seconds: 8 })
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('[data-step="Find a cat"][data-status="running"]').waitFor()
    const began = performance.now()
    await page.locator('#cancel').click()
    await page.locator('#cancelled').waitFor()
    expect(performance.now() - began).toBeLessThan(6000)
    expect(await page.locator('#cancel').count()).toBe(0)
    expect(await page.locator('[data-step="Find a cat"]').getAttribute('data-status')).toBe('cancelled')

    expect(await site.sandbox.files()).toEqual([])

    // What was entered is kept, and sending it again is another run.
    const id = runIdOf(page)
    await site.sandbox.clearFaults()
    await page.locator('#again').click()
    expect(await page.locator('#cat_breed-beng').isChecked()).toBe(true)
    await page.locator('#submit').click()
    await page.locator('#result').waitFor()
    expect(runIdOf(page)).not.toBe(id)
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('the time counts from the beginning of the run, also on a page opened later', async () => {
    await site.sandbox.fault({ ...SLOW_SEARCH, seconds: 8 })
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('[data-step="Find a cat"][data-status="running"]').waitFor()
    await page.waitForTimeout(3000)
    await page.reload()
    await expect
      .poll(async () => Number.parseInt(await page.locator('[data-progress-elapsed]').innerText(), 10), {
        timeout: 2500,
      })
      .toBeGreaterThanOrEqual(3)
    await page.locator('#cancel').click()
    await page.locator('#cancelled').waitFor()
  })

  test('Cancel in the middle of the upload: what the person reads is what is in the Drive', async () => {
    await site.sandbox.fault({ ...SLOW_UPLOAD, seconds: 3 })
    const client = site.client()
    const id = await startCat(client, 'siam')
    await runUntil(client, id, (run) => run.steps[3]?.status === 'running')
    const { action, fields } = await client.form(`/runs/${id}`, `/runs/${id}/cancel`)
    expect((await client.postForm(action, fields)).status).toBe(303)
    const run = await runUntil(client, id, isStatus('cancelled'))
    expect(run.result).toBeUndefined()
    await new Promise((resolve) => setTimeout(resolve, 3500))
    expect((await readRun(client, id)).status).toBe('cancelled')
  })

  test('Cancel of a run that waits for an account; sending the form again is another run', async () => {
    const client = site.client()
    await postCat(client, 'beng')
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    const { action, fields } = await client.form(`/runs/${runs[0].id}`, `/runs/${runs[0].id}/cancel`)
    await client.postForm(action, fields)
    const shown = await client.get(`/runs/${runs[0].id}`)
    expect(shown.text).toContain('id="cancelled"')
    expect(shown.text).not.toContain('id="pause"')
    const again = await client.form(`/cats?run=${runs[0].id}`, '/cats/create_cat_request')
    const posted = await client.postForm(again.action, { ...again.fields, cat_breed: 'beng' })
    expect(posted.location).toContain(`${site.sandbox.url}/google/`)
  })

  test('the same form sent twice at once is one run and one file', async () => {
    const client = site.client()
    await runUntil(client, await startCat(client, 'siam'), isStatus('succeeded'))
    const { action, fields } = await client.form('/cats', '/cats/create_cat_request')
    const both = await Promise.all([1, 2].map(() => client.postForm(action, { ...fields, cat_breed: 'beng' })))
    expect(both[0]?.location).toBe(both[1]?.location)
    await runUntil(client, both[0]?.location.split('/').at(-1) ?? '', isStatus('succeeded'))
    expect((await site.sandbox.files()).map((file) => file.name.split(' ')[0]).sort()).toEqual(['Bengal', 'Siamese'])
  })

  test('the same form sent twice at once by a visitor without a session is one guest, one run and one file', async () => {
    const client = site.client()
    const { action, fields } = await client.form('/cats', '/cats/create_cat_request')
    const both = await Promise.all([1, 2].map(() => client.postForm(action, { ...fields, cat_breed: 'beng' })))
    expect(both.map((answer) => answer.status)).toEqual([303, 303])
    // Whichever answer the browser follows, and whichever cookie came last: they belong together.
    for (const { location } of both) {
      const landed = await client.get(await agreeAtSandbox(client, location, 'ana'))
      expect(landed.location).toMatch(/\/runs\/[\w-]{36}$/)
    }
    const { runs } = JSON.parse((await client.getJson('/api/runs')).text)
    expect(runs).toHaveLength(1)
    await runUntil(client, runs[0].id, isStatus('succeeded'))
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('offline for a while: it catches up by itself', async () => {
    await site.sandbox.fault({ ...SLOW_UPLOAD, seconds: 2 })
    const visitor = await site.visitor()
    const { page, context } = visitor
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#progress').waitFor()
    await context.setOffline(true)
    await expect.poll(() => site.sandbox.files(), { timeout: 10_000 }).toHaveLength(1)
    await context.setOffline(false)
    await page.locator('#result').waitFor()
    // What Chromium notes about the time without a network.
    const others = visitor.complaints.filter((text) => !text.includes('net::ERR_INTERNET_DISCONNECTED'))
    visitor.complaints.splice(0, Infinity, ...others)
  })

  test('a limit at Google is waited out, and the page says so meanwhile', async () => {
    await site.sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'rate_limit', as: 403, retry_after: 2 })
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    const message = page.locator('[data-step="Save it to your Drive"] [data-message]')
    await page.getByText('Google Drive asks for a pause').first().waitFor()
    expect(await message.innerText()).toContain('Trying again in 2 s')
    await page.locator('#result').waitFor()
    expect(await site.sandbox.files()).toHaveLength(1)
    expect(await page.locator('[data-step="Save it to your Drive"] [data-attempts]').innerText()).toBe('2 attempts')
  })

  test('the answer to the upload is lost: the repeat finds the file, there is exactly one', async () => {
    await site.sandbox.fault({ provider: 'google', on: 'drive.upload', kind: 'drop_after_commit' })
    const client = site.client()
    const id = await startCat(client, 'beng')
    const run = await runUntil(client, id, isStatus('succeeded'))
    expect(run.steps[3]?.attempts).toBe(2)
    expect(await site.sandbox.files()).toHaveLength(1)
  })

  test('somebody else’s run does not exist for others: 404 on every address of it', async () => {
    const owner = site.client()
    const id = await startCat(owner, 'beng')
    const run = await runUntil(owner, id, isStatus('succeeded'))
    const other = site.client()
    await postCat(other, 'siam')
    const { fields } = await other.form('/cats', '/cats/create_cat_request')
    const file = `/runs/${id}/files/${run.result?.image.file.id}`
    expect((await owner.get(file)).status).toBe(200)
    for (const stranger of [other, site.client()]) {
      for (const path of [`/runs/${id}`, file, `/api/runs/${id}`, `/api/runs/${id}/events`]) {
        expect([path, (await stranger.get(path)).status]).toEqual([path, 404])
      }
    }
    for (const action of ['cancel', 'retry']) {
      const answer = await other.postForm(`/runs/${id}/${action}`, { csrf: fields['csrf'] ?? '' })
      expect(answer.status).toBe(404)
    }
    expect((await other.get('/runs')).text).not.toContain(id)
    expect((await other.get(`/cats?run=${id}`)).text).not.toMatch(/value="beng" checked/)
  })

  test('a run that is there in no form: 404 with the way home', async () => {
    const { page } = await site.visitor()
    const answer = await page.goto(`${site.product.url}/runs/01a1f863-ebea-78a6-afd2-9ede2a2f6044`)
    expect(answer?.status()).toBe(404)
    await page.getByRole('link', { name: 'Go to the start page' }).click()
    expect(page.url()).toBe(`${site.product.url}/`)
  })

  test('the last runs are on the first page', async () => {
    const { page } = await site.visitor()
    await askForCat(page, site.product.url, 'beng')
    await agree(page, 'ana')
    await page.locator('#result').waitFor()
    const id = runIdOf(page)
    await page.goto(`${site.product.url}/`)
    await page.locator('#recent-runs a').click()
    expect(runIdOf(page)).toBe(id)
  })
})
