import type { Page } from 'playwright-core'
import type { Client } from './client.ts'
import { agreeAtSandbox } from './consent.ts'

/** Opens the form, picks a breed by its picture and sends it. */
export async function askForCat(page: Page, origin: string, breed: string): Promise<void> {
  await page.goto(`${origin}/cats`)
  await page.locator(`#cat_breed-${breed}`).check()
  await page.locator('#submit').click()
}

/** The same without a screen: sends the form. */
export async function postCat(client: Client, breed: string, more: Record<string, string> = {}) {
  const { action, fields } = await client.form('/cats', '/cats/create_cat_request')
  return client.postForm(action, { ...fields, cat_breed: breed, ...more })
}

/** Sends the form and, where Google asks, agrees. @returns the id of the run. */
export async function startCat(client: Client, breed: string, persona = 'ana'): Promise<string> {
  const posted = await postCat(client, breed)
  const target = posted.location.includes('/google/')
    ? (await client.get(await agreeAtSandbox(client, posted.location, persona))).location
    : posted.location
  const id = /\/runs\/([\w-]{36})$/.exec(target)?.[1]
  if (id === undefined) throw new Error(`no run at ${target}`)
  return id
}
