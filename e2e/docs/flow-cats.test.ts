import { test } from 'vitest'
import { agreeAtSandbox } from '../harness/consent.ts'
import { isStatus, runUntil } from '../harness/runs.ts'
import { useSite } from '../harness/site.ts'
import { walkAlong } from './drawn-requests.ts'

const site = useSite()

test('docs/explanation/flows/cats.md draws the requests of a first and a second cat, in their order', async () => {
  const { client, expectAsDrawn } = walkAlong(site, {
    page: 'docs/explanation/flows/cats.md',
    played: { google: 'G', thecatapi: 'C' },
    placeholders: [[/\/images\/[\w-]+\.\w+$/, '/images/:id']],
  })
  const form = await client.form('/cats', '/cats/create_cat_request')
  const posted = await client.postForm(form.action, { ...form.fields, cat_breed: 'beng' })
  const callback = await agreeAtSandbox(client, posted.location, 'ana')
  const answered = await client.get(callback)
  await client.get(answered.location)
  const first = new URL(answered.location).pathname.slice('/runs/'.length)
  await runUntil(client, first, isStatus('succeeded'))
  await expectAsDrawn('The first cat')

  const again = await client.form('/cats', '/cats/create_cat_request')
  const second = await client.postForm(again.action, { ...again.fields, cat_breed: 'beng' })
  await client.get(second.location)
  await runUntil(client, new URL(second.location).pathname.slice('/runs/'.length), isStatus('succeeded'))
  await expectAsDrawn('The second cat')
})
