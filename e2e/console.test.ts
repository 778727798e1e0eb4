import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeFindings } from './harness/browser.ts'
import { PASSWORD, registerPerson, signIn } from './harness/person.ts'
import { runProgram } from './harness/program.ts'
import { useSite } from './harness/site.ts'

// Besides what is asked here, `useSite` fails a test on any console error (CSP violations are some) of any page.
const site = useSite()

const ROUTES = `gateway:
  routes:
    - {path: /notes, upstream: "http://127.0.0.1:4000/a/rather/long/base/path/of/a/service", scopes: {GET: notes:read, POST: "notes:read notes:write"}}
    - {path: /mcp, upstream: "http://127.0.0.1:4001", mcp: true, rate_limit: {requests: 10, seconds: 60, per: client}}
    - {path: /, host: wiki.example.com, upstream: "http://127.0.0.1:4002", access: public}
`

/** Made by command, as the documentation says. @returns the password that it printed */
async function administrator(username: string): Promise<string> {
  const { directory, url } = site.product
  const environment = { PORT: new URL(url).port }
  const printed = await runProgram(['user', 'create', username, '--admin', '--json'], { directory, environment })
  const { password } = JSON.parse(printed.split('\n').find((line) => line.startsWith('{')) ?? '{}')
  expect(password).toEqual(expect.any(String))
  return password
}

async function signInAs(page: Page, username: string, password: string, path: string): Promise<void> {
  await page.goto(`${site.product.url}${path}`)
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(password)
  await page.locator('#login-submit').click()
  await page.waitForURL(`**${path}`)
}

/** axe finds nothing, and nothing sticks out sideways on a small telephone or a large screen. */
async function expectFit(page: Page): Promise<void> {
  await page.waitForLoadState()
  const what = new URL(page.url()).pathname
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 740 })
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect({ what, width, over }).toEqual({ what, width, over: 0 })
  }
  expect({ what, findings: await axeFindings(page) }).toEqual({ what, findings: [] })
}

describe.each([true, false])('the console in Chromium, with JavaScript: %s', (javaScriptEnabled) => {
  const name = (who: string) => `${who}-${javaScriptEnabled ? 'js' : 'plain'}`

  test('an administrator finds a user, signs them out, disables and enables them; all of it is in the log', async () => {
    const password = await administrator(name('chief'))
    await registerPerson(site.client(), name('ana'))
    const ana = await site.visitor({ javaScriptEnabled })
    await ana.page.goto(`${site.product.url}/login`)
    await signIn(ana.page, name('ana'))

    const { page } = await site.visitor({ javaScriptEnabled })
    await signInAs(page, name('chief'), password, '/console')
    await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Users' }).click()
    await page.locator('#state').selectOption('online')
    await page.locator('#search').fill(name('ana'))
    await page.locator('#user-search-submit').click()
    await page.getByRole('link', { name: name('ana') }).click()
    await page.getByText('online', { exact: true }).waitFor()
    await page.locator('#user-disable').click()
    await page.locator('[role=status]').getByText('The account is disabled').waitFor()
    await ana.page.goto(`${site.product.url}/account`)
    await ana.page.waitForURL('**/login?*')
    await page.locator('#user-enable').click()
    await page.locator('[role=status]').getByText('They may sign in again').waitFor()
    await signIn(ana.page, name('ana'))
    await page.locator('#user-sign-out').click()
    await page.locator('[role=status]').getByText('They are signed out everywhere').waitFor()
    await ana.page.goto(`${site.product.url}/account`)
    await ana.page.waitForURL('**/login?*')

    await page.getByRole('link', { name: 'What was done to this account' }).click()
    const actions = await page.locator('#audit code').allTextContents()
    expect(actions.filter((action) => action.startsWith('user.'))).toEqual(
      expect.arrayContaining(['user.signed_out', 'user.enabled', 'user.disabled']),
    )
  })

  test('an app is registered, verified, switched off and deleted; a key is changed; a token is made and ended', async () => {
    const password = await administrator(name('boss'))
    const { page } = await site.visitor({ javaScriptEnabled })
    await signInAs(page, name('boss'), password, '/console/clients')
    await page.locator('#client-new').click()
    await page.locator('#client-name').fill('Made in the console')
    await page.locator('#redirect-uris').fill('https://app.example/callback')
    await page.locator('#client-register').click()
    expect(await page.locator('#made-secret').inputValue()).toMatch(/^trc_/)
    await page.locator('#made-secret-copy').waitFor({ state: javaScriptEnabled ? 'visible' : 'hidden' })
    await page.getByRole('link', { name: 'On to the app' }).click()
    for (const [button, tag] of [
      ['verify', 'verified'],
      ['disable', 'switched off'],
    ] as const) {
      await page.locator(`#client-${button}`).click()
      await page.locator('.page-head').getByText(tag, { exact: true }).waitFor()
    }
    await page.locator('#client-delete').click()
    await page.locator('#client-delete-confirm').click()
    await page.locator('[role=status]').getByText('The app is gone').waitFor()

    await page.goto(`${site.product.url}/console/keys`)
    await page.locator('#rotate-RS256').click()
    await page.locator('[role=status]').waitFor()
    expect(await page.locator('#keys').getByText('published').count()).toBe(1)

    await page.goto(`${site.product.url}/console/registration-tokens`)
    await page.locator('#token-note').fill('For a test')
    await page.locator('#token-uses').fill('1')
    await page.locator('#token-create').click()
    const token = await page.locator('#made-token').inputValue()
    const registered = await site
      .client()
      .postJson('/client', { redirect_uris: ['https://a.example/cb'] }, { authorization: `Bearer ${token}` })
    expect(registered.status, registered.text).toBe(201)
  })
})

test.each(['light', 'dark'] as const)(
  'each page of the console fits, and axe finds nothing, %s',
  async (colorScheme) => {
    const username = `fit-${colorScheme}`
    const password = await administrator(username)
    await registerPerson(site.client(), `somebody-${colorScheme}`)
    const { page } = await site.visitor({ colorScheme })
    await signInAs(page, username, password, '/console')
    for (const path of [
      ...['', '/users', '/users?search=nobody-that-fits', '/clients', '/clients/new', '/keys'],
      ...['/registration-tokens', '/audit', '/audit?action=nothing'],
    ]) {
      await page.goto(`${site.product.url}/console${path}`)
      await expectFit(page)
    }
    await page.goto(`${site.product.url}/console/users?search=somebody-${colorScheme}`)
    await page.getByRole('link', { name: `somebody-${colorScheme}` }).click()
    await expectFit(page)
    await page.locator('#user-reset-link').click()
    await page.locator('#reset-link').waitFor()
    await expectFit(page)

    await page.goto(`${site.product.url}/console/clients/new`)
    await page.locator('#client-name').fill('A rather long name of an app that somebody made up')
    await page.locator('#redirect-uris').fill('http://app.example/callback')
    await page.locator('#client-register').click()
    await page.locator('#errors').waitFor()
    await expectFit(page)
    await page.locator('#redirect-uris').fill(`https://app.example/callback/${'long/'.repeat(40)}`)
    await page.locator('#client-register').click()
    await page.locator('#client-made').waitFor()
    await expectFit(page)
    await page.getByRole('link', { name: 'On to the app' }).click()
    await expectFit(page)
    await page.locator('#client-delete').click()
    await expectFit(page)
    await writeFile(join(site.product.directory, 'trivet.yaml'), ROUTES)
    for (const [text, shown] of [
      [ROUTES, 'wiki.example.com/'],
      [`${ROUTES}    - {path: /login, upstream: "http://h"}`, 'Line 6'],
    ] as const) {
      await writeFile(join(site.product.directory, 'trivet.yaml'), text)
      const open = () => page.goto(`${site.product.url}/console/routes`).then(() => page.textContent('main'))
      await expect.poll(open).toContain(shown)
      await expectFit(page)
    }
    await page.goto(`${site.product.url}/console/registration-tokens`)
    await page.locator('#token-uses').fill('none')
    await page.locator('#token-create').click()
    await page.locator('#errors').waitFor()
    await expectFit(page)
  },
)

test('the admin API by a login token, as a script calls it', async () => {
  const password = await administrator('scripter')
  await registerPerson(site.client(), 'scripted')
  const client = site.client()
  const login = JSON.parse((await client.postJson('/login', { username: 'scripter', password })).text)
  const authorization = `Bearer ${login.token}`
  const call = async (method: string, path: string, body?: unknown) => {
    const content = body === undefined ? {} : { 'content-type': 'application/json', body: JSON.stringify(body) }
    const { body: text, ...headers } = { authorization, accept: 'application/json', ...content, body: content.body }
    const answer = await client.send(path, { method, headers, ...(text === undefined ? {} : { body: text }) })
    return { status: answer.status, json: answer.text === '' ? undefined : JSON.parse(answer.text) }
  }
  const { json } = await call('GET', '/api/admin/users?search=scripted')
  const [{ id }] = json.users
  expect((await call('PATCH', `/api/admin/users/${id}`, { is_disabled: true })).json).toMatchObject({
    is_disabled: true,
  })
  const refused = await client.postJson('/login', { username: 'scripted', password: PASSWORD })
  expect(JSON.parse(refused.text)).toMatchObject({ result: 'failed' })
  expect((await call('GET', `/api/admin/audit?target=${id}`)).json.events).toMatchObject([{ action: 'user.disabled' }])
})

test('/openapi.json: an OpenAPI 3.1 document, whose every address is there', async () => {
  const client = site.client()
  const document = JSON.parse((await client.getJson('/openapi.json')).text)
  expect((await new Validator().validate(structuredClone(document))).valid).toBe(true)
  expect(document.servers).toEqual([{ url: site.product.url }])
  for (const [path, methods] of Object.entries<Record<string, { security: object[] }>>(document.paths)) {
    for (const method of Object.keys(methods)) {
      const filled = path.replaceAll(/\{\w+\}/g, 'nobody')
      const answer = await client.send(filled, {
        method: method.toUpperCase(),
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        ...(method === 'get' || method === 'delete' ? {} : { body: '{}' }),
      })
      const { code } = answer.text.startsWith('{') ? JSON.parse(answer.text) : { code: undefined }
      expect({ method, path, code, status: answer.status }).not.toMatchObject({ code: 'not_found' })
      expect(answer.status).not.toBe(405)
    }
  }
  // Every code of a problem has its page.
  type Responses = Record<string, { description: string; content?: Record<string, unknown> }>
  const operations = Object.values<Record<string, { responses: Responses }>>(document.paths).flatMap(Object.values)
  const problems = operations
    .flatMap(({ responses }) => Object.values<Responses[string]>(responses))
    .filter(({ content = {} }) => 'application/problem+json' in content)
  const codes = new Set(problems.flatMap(({ description }) => description.match(/[a-z]+(_[a-z]+)+/g) ?? []))
  expect(codes.size).toBeGreaterThan(20)
  for (const code of codes)
    expect({ code, status: (await client.get(`/problems/${code}`)).status }).toEqual({ code, status: 200 })
})

test('docs/how-to/operate.md: its calls, with real values in their places, do what it says', async () => {
  const password = await administrator('ana')
  await registerPerson(site.client(), 'bea')
  const client = site.client()
  const page = readFileSync(join(import.meta.dirname, '../docs/how-to/operate.md'), 'utf8')
  const all = [...page.matchAll(/^(?:TOKEN=\$\()?curl -s (?:\\\n|[^\n])*/gm)].map(([line]) => readCurl(line))
  // That one needs a setting (e2e/gateway-metrics.test.ts).
  const calls = all.filter(({ path }) => path !== '/metrics')
  expect(calls).toHaveLength(3)
  let token = ''
  let id = ''
  for (const { method, path, body } of calls) {
    const answer = await client.send(path.replace('u_…', id), {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json', authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: body.replace('…', password) }),
    })
    expect({ path, status: answer.status }).toEqual({ path, status: 200 })
    const json = JSON.parse(answer.text)
    token = json.token ?? token
    id = json.users?.find(({ username }: { username: string }) => username === 'bea')?.id ?? id
    if (method === 'PATCH') expect(json).toMatchObject({ username: 'bea', is_disabled: true })
  }
})

/** What a line of curl asks for, as far as the page uses it. */
function readCurl(line: string): { method: string; path: string; body: string | undefined } {
  const path = /http:\/\/localhost:3000([^\s']+)/.exec(line)?.[1] ?? ''
  const body = /-d '([^']*)'/.exec(line)?.[1]
  return { method: /-X (\w+)/.exec(line)?.[1] ?? (body === undefined ? 'GET' : 'POST'), path, body }
}
