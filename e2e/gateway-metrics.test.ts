import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { registerPerson } from './harness/person.ts'
import { useSite } from './harness/site.ts'

const METRICS = 'collector-of-this-very-test'
const site = useSite({ environment: { METRICS, LOG_LEVEL: 'debug' } })

const lines = async () => {
  const client = site.client()
  const { status, text } = await client.send('/metrics', { headers: { authorization: `Bearer ${METRICS}` } })
  expect(status).toBe(200)
  return text.split('\n')
}

test('requests through the gateway are counted by route and logged, and nobody reads that without the token', async () => {
  const client = site.client()
  const login = await registerPerson(client, 'counted')
  const authorization = `Bearer ${login}`
  expect((await client.send('/protected/resource', {})).status).toBe(401)
  expect((await client.send('/protected/resource?code=tra_hidden', { headers: { authorization } })).status).toBe(200)

  for (const headers of [{}, { authorization }]) {
    const { status, text } = await client.send('/metrics', { headers })
    expect([status, text.includes('trivet_gateway')]).toEqual([401, false])
  }
  const counted = await lines()
  const series = 'trivet_gateway_requests_total{route="/protected/resource",method="GET"'
  expect(counted).toContain(`${series},outcome="answered",status="200"} 1`)
  expect(counted).toContain(`${series},outcome="refused",status="401"} 1`)
  expect(counted).toContain('trivet_gateway_file_problems 0')

  const logged = site.product.output()
  expect(logged).toContain('"code":"route_unauthorized"')
  for (const secret of [login, 'tra_hidden', METRICS]) expect(logged).not.toContain(secret)
})

test('a file that cannot be used shows in a number, before anybody looks into the log; no route takes our addresses', async () => {
  const file = join(site.product.directory, 'trivet.yaml')
  const routes = ['metrics', 'healthz', 'readyz', 'gateway', 'login', '.well-known'].map(
    (name) => `    - {path: /${name}, upstream: "http://127.0.0.1:1"}\n`,
  )
  await writeFile(file, `gateway:\n  routes:\n${routes.join('')}`)
  await expect.poll(lines).toContain(`trivet_gateway_file_problems ${routes.length}`)
  await writeFile(file, '')
  await expect.poll(lines).toContain('trivet_gateway_file_problems 0')
})
