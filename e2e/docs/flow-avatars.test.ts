import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Wanted } from '../harness/avatars.ts'
import type { Client } from '../harness/client.ts'
import { agreeAtSandbox } from '../harness/consent.ts'
import { isStatus, runUntil } from '../harness/runs.ts'
import { useSite } from '../harness/site.ts'
import { type Drawing, walkAlong } from './drawn-requests.ts'

const site = useSite()

const DRAWING: Drawing = {
  page: 'docs/explanation/flows/avatars.md',
  played: { discord: 'D', dicebear: 'S' },
  placeholders: [
    [/^\/cdn\/avatars\/\d+\/\w+\.png$/, '/avatars/:user/:hash.png'],
    [/^\/10\.x\/[\w-]+\/svg$/, '/10.x/:style/svg'],
    [/^\/avatars\/styles\/[\w-]+\.svg$/, '/avatars/styles/:style.svg'],
  ],
}

/** Long enough for a first run to end before the token does. */
const SHORT_LIFE_SECONDS = 3

/** Opens the form at this address, and sends it. @returns where it leads */
async function send(client: Client, address: string, wanted: Wanted = {}): Promise<string> {
  const { action, fields } = await client.form(address, '/avatars/get_avatar')
  return (await client.postForm(action, { ...fields, style: 'lorelei', ...wanted })).location
}

/** Opens the run's page, and the avatar's when it is there. @returns the run's id, and the avatar's page */
async function lookAt(client: Client, run: string): Promise<{ id: string; page: string }> {
  const id = new URL(run).pathname.slice('/runs/'.length)
  // On a busy machine it may take longer than the page waits: then its browser code goes on, which is not here.
  await client.get(run)
  await runUntil(client, id, isStatus('succeeded'))
  return { id, page: (await client.get(`/avatars/show_avatar?run=${id}`)).text }
}

async function connect(client: Client): Promise<string> {
  const callback = await agreeAtSandbox(client, await send(client, '/avatars'), 'ana')
  return (await client.get(callback)).location
}

const source = (page: string, id: string) => new RegExp(`id="${id}" src="([^"]+)"`).exec(page)?.[1] ?? 'missing'

test('docs/explanation/flows/avatars.md draws the first, the second and a changed avatar, in their order', async () => {
  const { client, expectAsDrawn } = walkAlong(site, DRAWING)
  const form = await client.form('/avatars', '/avatars/get_avatar')
  expect((await client.get('/avatars/styles/lorelei.svg')).status).toBe(200)
  expect((await client.get('/avatars/preview.svg?style=lorelei')).status).toBe(200)
  const posted = await client.postForm(form.action, { ...form.fields, style: 'lorelei' })
  expect(new URL(posted.location).searchParams.get('prompt')).toBe('consent')
  const answered = await client.get(await agreeAtSandbox(client, posted.location, 'ana'))
  const { id, page } = await lookAt(client, answered.location)
  expect((await client.get(source(page, 'avatar'))).text).toMatch(/^<svg /)
  expect((await client.get(source(page, 'discord-picture'))).headers['content-type']).toBe('image/png')
  expect((await client.get(`/avatars/${id}/avatar.png`)).headers['content-type']).toBe('image/png')
  await expectAsDrawn('The first avatar')

  await lookAt(client, await send(client, '/avatars', { seed: 'another one' }))
  await expectAsDrawn('The second avatar')

  const filled = await client.get(`/avatars?run=${id}`)
  await client.get(source(filled.text, 'preview').replaceAll('&amp;', '&'))
  const drawn = await client.postForm('/avatars/preview', { seed: 'changed', style: 'rings' })
  expect(drawn.location).toContain('/avatars?seed=changed')
  const changed = await client.form(drawn.location, '/avatars/get_avatar')
  await client.get('/avatars/preview.svg?seed=changed&style=rings')
  const third = await client.postForm(changed.action, { ...changed.fields, seed: 'changed', style: 'rings' })
  expect((await lookAt(client, third.location)).id).not.toBe(id)
  await expectAsDrawn('Other options')
})

test('docs/explanation/flows/avatars.md draws a token that has ended: renewed once, without consent', async () => {
  const { client, expectAsDrawn, forget } = walkAlong(site, DRAWING)
  await site.sandbox.fault({ provider: 'discord', kind: 'expire_tokens', seconds: SHORT_LIFE_SECONDS })
  await lookAt(client, await connect(client))
  await sleep(SHORT_LIFE_SECONDS * 1000)
  await forget()
  await lookAt(client, await send(client, '/avatars'))
  await expectAsDrawn('The token has ended')
})

test('docs/explanation/flows/avatars.md draws a token that is refused before its time', async () => {
  const { client, expectAsDrawn, forget } = walkAlong(site, DRAWING)
  await lookAt(client, await connect(client))
  await site.sandbox.atDiscord('expire-tokens', {})
  await forget()
  await lookAt(client, await send(client, '/avatars'))
  await expectAsDrawn('The token is refused before its time')
})
