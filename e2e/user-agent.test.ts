import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from './harness/client.ts'
import { temporaryFolder } from './harness/machine.ts'
import { startProduct } from './harness/product.ts'

test('calls to other systems say who calls: Trivet, in the version of package.json', async () => {
  const agents = new Set<string | undefined>()
  const catApi = createServer((request, response) => {
    agents.add(request.headers['user-agent'])
    response.end('[]')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void catApi.close())
  await new Promise((resolve) => catApi.once('listening', resolve))
  const address = catApi.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const product = await startProduct({
    directory: await temporaryFolder(),
    environment: { THECATAPI_URL: `http://127.0.0.1:${port}/v1` },
  })
  onTestFinished(async () => void (await product.stop()))
  await createClient(product.url).get('/cats')
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  expect([...agents]).toEqual([`Trivet/${version}`])
})
