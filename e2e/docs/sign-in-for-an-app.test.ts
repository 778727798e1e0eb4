import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createGatewayFile } from '../harness/gateway-file.ts'
import { temporaryFolder } from '../harness/machine.ts'
import { PASSWORD, registerPerson, signIn } from '../harness/person.ts'
import { freePort } from '../harness/product.ts'
import { useSite } from '../harness/site.ts'
import { blocksOf } from '../harness/tutorial.ts'
import { read } from './repository.ts'

/** The part behind a proxy is tested by e2e/gateway-sign-in.test.ts. */
const PAGE = read('docs/how-to/sign-in-for-an-app.md')
const site = useSite()
const { write: setRoutes } = createGatewayFile(() => site.product)

test('docs/how-to/sign-in-for-an-app.md: app and route, to the letter, and who gets in', async () => {
  const [port, own] = [String(await freePort()), new URL(site.product.url).port]
  // Where the page names ports, this machine has others.
  const here = (text: string) =>
    text.replaceAll('localhost:3000', `localhost:${own}`).replaceAll(/(?<=127\.0\.0\.1:|listen\()4000/g, port)
  const blocks = [...blocksOf(PAGE).values()].flat()
  const file = (name: string) => here(blocks.find((block) => block.file === name)?.text ?? '')
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'wiki.mjs'), file('wiki.mjs'))
  expect(blocks.find(({ language }) => language === 'sh')?.text).toBe('node wiki.mjs &\n')
  const app = spawn(process.execPath, ['wiki.mjs'], { cwd: folder, stdio: 'ignore' })
  onTestFinished(async () => {
    app.kill()
    if (app.exitCode === null && app.signalCode === null) await once(app, 'exit')
  })
  await setRoutes(file('trivet.yaml'))

  for (const name of ['ada', 'mallory']) await registerPerson(site.client(), name)
  const [, address = ''] = /Open <(http:[^>]+)>/.exec(here(PAGE)) ?? []
  const { origin, pathname, search } = new URL(address)
  const visitor = await site.visitor({ apps: [origin] })
  const { page } = visitor
  // An app of one page has no picture for the browser's tab.
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }))
  await page.goto(address)
  await signIn(page, 'mallory')
  await page.waitForURL(address)
  expect(await page.locator('body').innerText()).toContain(`Hello mallory\n\nYou are at ${pathname}${search}`)

  await setRoutes(file('who.yaml'))
  const refused = await page.goto(address)
  expect(refused?.status()).toBe(403)
  expect(await refused?.json()).toMatchObject({ code: 'route_not_for_you', detail: expect.stringMatching(/sign-out/) })
  await page.goto(`${origin}/.trivet/sign-out`)
  expect(new URL(page.url()).pathname).toBe('/end_session')
  await page.locator('#logout-confirm').click()
  await page.locator('#logged-out').waitFor()
  // "Within two seconds".
  await expect.poll(async () => (await page.goto(address))?.status(), { timeout: 3000 }).toBe(200)
  await page.locator('#username').fill('Ada')
  await page.locator('#password').fill(PASSWORD)
  await page.locator('#login-submit').click()
  await page.waitForURL(address)
  expect(await page.locator('h1').textContent()).toBe('Hello ada')
  await page.locator('button').click()
  await page.waitForURL(`${site.product.url}/login*`)
})
