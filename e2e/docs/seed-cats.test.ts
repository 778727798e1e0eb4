import { expect, test } from 'vitest'
import { useSite } from '../harness/site.ts'

const site = useSite({ environment: { TRIVET_HOME: 'cats' } })

test('the root of the site leads to the form with TRIVET_HOME=cats', async () => {
  const client = site.client()
  const root = await client.get('/')
  expect([root.status, root.location]).toEqual([302, `${site.product.url}/cats`])
  const form = await client.get(root.location)
  expect(form.status).toBe(200)
  expect(form.text).toContain('action="/cats/create_cat_request"')
  expect(form.text).toContain('name="cat_breed"')
})
