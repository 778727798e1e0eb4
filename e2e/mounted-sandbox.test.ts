import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { agree } from './harness/runs.ts'
import { useSite } from './harness/site.ts'

const site = useSite({ environment: { TRIVET_SANDBOX_MOUNT: '/sandbox', TRIVET_HOME: 'cats' } })

test('on hosts with one port: the whole way goes through the product’s own', async () => {
  const visitor = await site.visitor()
  const { page } = visitor
  await page.goto(`${site.product.url}/`)
  expect(page.url()).toBe(`${site.product.url}/cats`)
  await page.locator('#cat_breed-beng').check()
  await page.locator('#submit').click()
  await page.waitForURL(`${site.product.url}/sandbox/google/**`)
  await agree(page, 'ana')
  await page.locator('#result').waitFor()
  await page.locator('#result-link-0').click()
  await page.waitForURL(`${site.product.url}/sandbox/google/drive/files/*`)
  const picture = page.locator('main img').first()
  await expect
    .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), { timeout: 10_000 })
    .toBeGreaterThan(0)
  expect(await site.sandbox.files()).toHaveLength(1)
  expect(visitor.atSandbox).toEqual([])
})

test('what steers the sandbox is not passed on to visitors of the product', async () => {
  const client = site.client()
  for (const name of ['faults', 'requests', 'state', 'google/../faults', 'state#x', './state', '/state', '%73tate']) {
    const path = `/sandbox/${name}`
    const answers = [
      await client.getJson(path),
      await client.postJson(path, {}),
      await client.send(path, { method: 'DELETE' }),
    ]
    for (const { status, text } of answers) {
      expect([path, status >= 400 && status < 500, text.includes('grants')]).toEqual([path, true, false])
    }
  }
})

test('a request hidden in the body of another one does not get there (RFC 9112 §11.2)', async () => {
  const fault = JSON.stringify({ provider: 'google', on: 'drive.upload', kind: 'drop_before', times: 0 })
  const type = 'Content-Type: application/json'
  const hidden = `POST /faults HTTP/1.1\r\nHost: 127.0.0.1\r\n${type}\r\nContent-Length: ${fault.length}\r\n\r\n${fault}`
  const { host, port } = new URL(site.product.url)
  for (const method of ['GET', 'DELETE', 'OPTIONS', 'POST']) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    const size = Buffer.byteLength(hidden).toString(16)
    socket.write(`${method} /sandbox/ HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    socket.write(`${size}\r\n${hidden}\r\n0\r\n\r\n`)
    await sleep(300)
    socket.destroy()
    const faults = await (await fetch(`${site.sandbox.url}/faults`)).json()
    expect([method, faults]).toEqual([method, []])
  }
})
