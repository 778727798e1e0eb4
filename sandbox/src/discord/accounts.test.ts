import { expect, test } from 'vitest'
import { ask, authorizationQuery, authorize, call, connect } from '../testing/discord.ts'
import { post, request, startSandbox } from '../testing/index.ts'

const page = async (url: string) => (await request(`${url}/discord/accounts`)).text()
const ANA = { account: '1093847561029384757', client: 'trivet-sandbox' }

test('shows the people, and which app may do what', async () => {
  const { url } = await startSandbox()
  expect(await page(url)).toContain('1172839405162738493')
  expect(await page(url)).not.toContain('Take access back')
  await connect(url)
  expect(await page(url)).toContain('1 access, 1 refresh')
  expect(await page(url)).toContain(`id="revoke-${ANA.account}"`)
  expect(await page(url)).not.toContain('<b>Zoë')
})

test('the button takes access back: tokens are dead, and consent is asked again', async () => {
  const { url } = await startSandbox()
  const tokens = await connect(url)
  const { cookie } = await authorize(url)
  const response = await post(`${url}/discord/accounts/revoke`, ANA)
  expect([response.status, response.headers.get('location')]).toEqual([303, '/discord/accounts'])
  expect((await call(url, tokens)).status).toBe(401)
  expect(await (await ask(url, authorizationQuery({ prompt: 'none' }), cookie)).text()).toContain('consent-allow')
  expect((await post(`${url}/discord/accounts/revoke`, ANA)).status).toBe(404)
})

test('not by a form of another site', async () => {
  const { url } = await startSandbox()
  const tokens = await connect(url)
  const response = await post(`${url}/discord/accounts/revoke`, ANA, { 'sec-fetch-site': 'cross-site' })
  expect(response.status).toBe(403)
  expect((await call(url, tokens)).status).toBe(200)
})
