import { expect, test } from 'vitest'
import { agreeAtSandbox } from '../harness/consent.ts'
import { isStatus, runUntil } from '../harness/runs.ts'
import { useSite } from '../harness/site.ts'

const site = useSite({ environment: { TRIVET_HOME: 'avatars', DISCORD_REDIRECT_PATH: '/get_avatar' } })

test('the root of the site leads to the form with TRIVET_HOME=avatars', async () => {
  const client = site.client()
  const root = await client.get('/')
  expect([root.status, root.location]).toEqual([302, `${site.product.url}/avatars`])
  const form = await client.get(root.location)
  expect(form.status).toBe(200)
  expect(form.text).toContain('action="/avatars/get_avatar"')
  for (const name of ['seed', 'style', 'background_color', 'mood']) expect(form.text).toContain(`name="${name}"`)
})

test('by the paths of the document: POST /get_avatar, the answer at /get_avatar, then /show_avatar', async () => {
  const client = site.client()
  const { url } = site.product
  const form = await client.form('/avatars', '/avatars/get_avatar')
  const wanted = { ...form.fields, seed: 'by the document', style: 'rings' }
  const sentOn = await client.postForm('/get_avatar', wanted)
  expect([sentOn.status, sentOn.location]).toEqual([308, `${url}/avatars/get_avatar`])
  const asked = await client.postForm(sentOn.location, wanted)
  expect(new URL(asked.location).searchParams.get('redirect_uri')).toBe(`${url}/get_avatar`)
  const callback = await agreeAtSandbox(client, asked.location, 'ana')
  expect(callback).toMatch(`${url}/get_avatar?code=`)
  const answered = await client.get(callback)
  expect(answered.location).toMatch(`${url}/runs/`)
  await runUntil(client, answered.location.split('/').at(-1) ?? '', isStatus('succeeded'))
  const shown = await client.get('/show_avatar')
  expect([shown.status, shown.location]).toEqual([302, `${url}/avatars/show_avatar`])
  expect((await client.get(shown.location)).text).toContain('by the document')
})

test('GET /get_avatar without an answer in it shows the form, filled in, and starts nothing', async () => {
  const client = site.client()
  const sentOn = await client.get('/get_avatar?seed=from%20a%20link&style=rings')
  expect([sentOn.status, sentOn.location]).toEqual([
    302,
    `${site.product.url}/avatars?seed=from%20a%20link&style=rings`,
  ])
  expect((await client.get(sentOn.location)).text).toContain('value="from a link"')
  expect(await site.sandbox.requests()).toEqual([])
})
