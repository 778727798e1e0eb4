import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { askForAvatar, postAvatar, startAvatar } from './harness/avatars.ts'
import { agree, isStatus, runUntil } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite()

const EXCHANGE = 'token.exchange'
const REFRESH = 'token.refresh'
const ANA = 'ana'

async function shown(page: Page): Promise<void> {
  await page.waitForURL('**/avatars/show_avatar?run=*')
  await page.locator('#avatar').waitFor()
}

const naturalWidth = (page: Page, selector: string) =>
  page.locator(selector).evaluate((element) => (element as HTMLImageElement).naturalWidth)

async function saved(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const download = page.waitForEvent('download')
  await page.locator(button).click()
  const file = await download
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
}

describe('an avatar from the Discord name', () => {
  test('form, login, consent: the avatar beside the profile, to be saved as SVG and PNG', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/`)
    await page.locator('#card-avatars').click()
    await page.locator('#style-lorelei').check()
    await page.locator('#background_color').fill('b6e3f4')
    await page.locator('#mood').selectOption('happy')
    await page.locator('#submit').click()
    await page.waitForURL(`${site.sandbox.url}/discord/**`)
    await agree(page, ANA)
    await shown(page)

    expect(await page.locator('h1').innerText()).toMatch(/^An avatar for /)
    expect(await naturalWidth(page, '#avatar')).toBeGreaterThan(0)
    expect(await naturalWidth(page, '#discord-picture')).toBeGreaterThan(0)
    expect(await page.locator('#attribution').innerText()).toContain('Lisa Wischofsky')
    const svg = await saved(page, '#download-svg')
    expect(svg.name).toBe('avatar-lorelei.svg')
    expect(svg.bytes.toString()).toMatch(/^<svg /)
    expect(svg.bytes.toString()).toContain('#b6e3f4')
    const png = await saved(page, '#download-png')
    expect(png.name).toBe('avatar-lorelei.png')
    expect(png.bytes.subarray(1, 4).toString()).toBe('PNG')
    expect(png.bytes.readUInt32BE(16)).toBe(512)

    const calls = await site.sandbox.requests()
    const asked = calls.filter(({ provider }) => provider === 'discord').map(({ operation }) => operation)
    expect(asked.filter((operation) => operation === EXCHANGE)).toHaveLength(1)
    expect(calls.some(({ provider }) => provider === 'dicebear')).toBe(true)
    await page.locator('#steps-link').click()
    expect(await page.locator('[data-step="Draw the avatar"] [data-message]').innerText()).toMatch(
      /^drawn by 127\.0\.0\.1/,
    )
  })

  test('the second avatar comes without any page of Discord’s, and without an exchange', async () => {
    const { page, atSandbox } = await site.visitor()
    await askForAvatar(page, site.product.url)
    await agree(page, ANA)
    await shown(page)
    await site.sandbox.forgetRequests()
    atSandbox.length = 0
    await askForAvatar(page, site.product.url, { seed: 'another one', style: 'bottts' })
    await shown(page)
    expect(atSandbox).toEqual([])
    const discord = (await site.sandbox.requests()).filter(({ provider }) => provider === 'discord')
    expect(discord.map(({ operation }) => operation)).not.toContain(EXCHANGE)
    expect(await page.locator('#avatar-options').innerText()).toContain('another one')
  })

  test('an expired token is refreshed once, without consent', async () => {
    const client = site.client()
    await site.sandbox.fault({ provider: 'discord', kind: 'expire_tokens', seconds: 1, times: 1 })
    await runUntil(client, await startAvatar(client), isStatus('succeeded'))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await site.sandbox.forgetRequests()
    const posted = await postAvatar(client, { seed: 'later' })
    expect(posted.location).toMatch(/\/runs\//)
    const id = posted.location.split('/').at(-1) ?? ''
    await runUntil(client, id, isStatus('succeeded'))
    const operations = (await site.sandbox.requests()).map(({ operation }) => operation)
    expect(operations.filter((operation) => operation === REFRESH)).toHaveLength(1)
    expect(operations).not.toContain('authorize')
  })

  test('after access was taken back: one button, one consent, and the same avatar goes on', async () => {
    const { page } = await site.visitor()
    await askForAvatar(page, site.product.url)
    await agree(page, ANA)
    await shown(page)
    await site.sandbox.atDiscord('revoke', { account: `${ANA}@example.com` })
    await askForAvatar(page, site.product.url, { seed: 'kept words', mood: 'sad' })
    await page.locator('#reconnect').click()
    await page.locator('#consent-allow').click()
    await shown(page)
    const options = await page.locator('#avatar-options').innerText()
    expect(options).toContain('kept words')
    expect(options).toContain('sad')
  })

  test('denied at Discord: back on the filled form', async () => {
    const { page } = await site.visitor()
    await askForAvatar(page, site.product.url, { seed: 'my words', background_color: 'ffdfbf', style: 'rings' })
    await page.locator(`#persona-${ANA}`).click()
    await page.locator('#consent-cancel').click()
    await page.waitForURL('**/avatars?run=*')
    expect(await page.locator('#seed').inputValue()).toBe('my words')
    expect(await page.locator('#background_color').inputValue()).toBe('ffdfbf')
    expect(await page.locator('#style-rings').isChecked()).toBe(true)
  })

  test('change the options: the form is filled with what was drawn', async () => {
    const { page } = await site.visitor()
    await askForAvatar(page, site.product.url, { seed: 'first words', style: 'pixel-art', mood: 'happy' })
    await agree(page, ANA)
    await shown(page)
    await page.locator('#change').click()
    expect(await page.locator('#seed').inputValue()).toBe('first words')
    expect(await page.locator('#style-pixel-art').isChecked()).toBe(true)
    expect(await page.locator('#mood').inputValue()).toBe('happy')
  })
})

describe('the form', () => {
  test('every style of the installed set is there, with a picture, designer and licence', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/avatars`)
    const choices = page.locator('[data-choices="style"] [data-choice]')
    expect(await choices.count()).toBe(61)
    await choices.last().scrollIntoViewIfNeeded()
    for (const picture of await choices.locator('img').all())
      await picture.evaluate((img) => ((img as HTMLImageElement).loading = 'eager'))
    await expect
      .poll(() =>
        choices
          .locator('img')
          .evaluateAll((all) => all.filter((img) => (img as HTMLImageElement).naturalWidth === 0).length),
      )
      .toBe(0)
    for (const note of await choices.locator('.choice-note').allInnerTexts())
      expect(note).toMatch(/.+, .+\. (Moods: |No moods)/)
  })

  test('the drawing follows what is typed; moods that the style lacks cannot be chosen', async () => {
    const { page } = await site.visitor()
    await page.goto(`${site.product.url}/avatars`)
    const source = () => page.locator('#preview').getAttribute('src')
    const before = await source()
    await page.locator('#seed').fill('🦊 <b>')
    await expect.poll(source).not.toBe(before)
    expect(new URL((await source()) ?? '', site.product.url).searchParams.get('seed')).toBe('🦊 <b>')
    expect(await naturalWidth(page, '#preview')).toBeGreaterThan(0)
    await page.locator('#mood').selectOption('happy')
    await page.locator('#style-rings').check()
    expect(await page.locator('#mood').inputValue()).toBe('')
    expect(await page.locator('#mood option[value="happy"]').isDisabled()).toBe(true)
    await page.locator('#background_color-picker').fill('#00ff00')
    expect(await page.locator('#background_color').inputValue()).toBe('00ff00')
    await expect.poll(source).toContain('background_color=00ff00')
  })

  test('without JavaScript: a button draws, a wrong mood is said beside the field, and the avatar comes', async () => {
    const { page } = await site.visitor({ javaScriptEnabled: false })
    await page.goto(`${site.product.url}/avatars`)
    await page.locator('#seed').fill('no script')
    await page.locator('#style-rings').check()
    await page.locator('#show-preview').click()
    expect(await page.locator('#seed').inputValue()).toBe('no script')
    expect(await page.locator('#preview').getAttribute('src')).toContain('seed=no+script&style=rings')
    await page.locator('#mood').selectOption('sad')
    await page.locator('#submit').click()
    expect(await page.locator('#mood-error').innerText()).toContain('Rings has no moods')
    await page.locator('#mood').selectOption('')
    await page.locator('#submit').click()
    await agree(page, ANA)
    await shown(page)
  })
})
