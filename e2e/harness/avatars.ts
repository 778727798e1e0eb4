import type { Page } from 'playwright-core'
import type { Client } from './client.ts'
import { agreeAtSandbox } from './consent.ts'

/** What the form takes; left out is left as it is. */
export type Wanted = {
  readonly seed?: string
  readonly style?: string
  readonly background_color?: string
  readonly mood?: string
}

/** Opens the form, fills it in as a person would and sends it. */
export async function askForAvatar(page: Page, origin: string, wanted: Wanted = {}): Promise<void> {
  await page.goto(`${origin}/avatars`)
  const { seed, style, background_color, mood } = wanted
  if (seed !== undefined) await page.locator('#seed').fill(seed)
  if (background_color !== undefined) await page.locator('#background_color').fill(background_color)
  if (style !== undefined) await page.locator(`#style-${style}`).check()
  if (mood !== undefined) await page.locator('#mood').selectOption(mood)
  await page.locator('#submit').click()
}

/** The same without a screen: sends the form. */
export async function postAvatar(client: Client, wanted: Wanted = {}) {
  const { action, fields } = await client.form('/avatars', '/avatars/get_avatar')
  return client.postForm(action, { ...fields, style: 'lorelei', ...wanted })
}

/** Sends the form and, where Discord asks, agrees. @returns the id of the run. */
export async function startAvatar(client: Client, wanted: Wanted = {}, persona = 'ana'): Promise<string> {
  const posted = await postAvatar(client, wanted)
  const target = posted.location.includes('/discord/')
    ? (await client.get(await agreeAtSandbox(client, posted.location, persona))).location
    : posted.location
  const id = /\/runs\/([\w-]{36})$/.exec(target)?.[1]
  if (id === undefined) throw new Error(`no run at ${target}`)
  return id
}
