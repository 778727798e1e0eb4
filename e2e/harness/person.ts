import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { App } from './app.ts'
import { type Client, readForm } from './client.ts'

export const PASSWORD = 'a long enough password'

/** Makes an account, by the calls of the API document. @returns a login token */
export async function registerPerson(client: Client, username: string): Promise<string> {
  const made = await client.postJson('/register', { username, password: PASSWORD })
  expect(made.status, made.text).toBe(201)
  const login = JSON.parse((await client.postJson('/login', { username, password: PASSWORD })).text)
  expect(login).toMatchObject({ result: 'succeeded', token: expect.any(String) })
  return login.token
}

export async function signIn(page: Page, username: string): Promise<void> {
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(PASSWORD)
  await page.locator('#login-submit').click()
  await page.waitForURL(({ pathname }) => !pathname.endsWith('/login'))
}

/** Does what is asked on the pages, and allows it unless told. @returns what then comes to the app */
export async function consentAs(
  page: Page,
  app: App,
  choice: {
    readonly address: URL
    readonly username: string
    readonly decision?: 'allow' | 'deny'
    /** Sends the form of `form_post` by hand, as where pages have no JavaScript. */
    readonly sendsForm?: boolean
  },
): Promise<Request> {
  const before = app.arrived.length
  await page.goto(choice.address.href)
  if (await page.locator('#login-submit').count()) await signIn(page, choice.username)
  const button = page.locator(`#consent-${choice.decision ?? 'allow'}`)
  if (await button.count()) await button.click()
  if (choice.sendsForm) await page.locator('#form-post-submit').click()
  await page.waitForURL(`${app.callback}*`)
  const came = app.arrived[before]
  if (!came) throw new Error('nothing came back to the app')
  return came
}

/** The same without a screen. */
export async function signInWithForm(client: Client, username: string): Promise<void> {
  const { action, fields } = await client.form('/login', '/login')
  const answer = await client.postForm(action, { ...fields, username, password: PASSWORD })
  expect(answer.status, answer.text).toBe(303)
}

/** Allows what a request of an app asks for, when signed in. @returns the address of the app, which is not visited */
export async function allowWithForm(client: Client, authorize: string): Promise<URL> {
  const asked = await client.get(authorize)
  const { action, fields } = readForm((await client.get(asked.location)).text, '/consent')
  const { location } = await client.postForm(action, { ...fields, decision: 'allow' })
  return new URL(location)
}
