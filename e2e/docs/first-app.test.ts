import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { useSite } from '../harness/site.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/tutorial/your-first-app.md'), 'utf8')

const site = useSite()

test('every command of the tutorial, in one shell, one after the other', async () => {
  const blocks = [...PAGE.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text)
  const script = blocks.map((block) => `${block}\necho; echo ----`).join('\n')
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-euo', 'pipefail', '-c', script.replaceAll('http://localhost:3000', site.product.url)],
    { env: { PATH: process.env['PATH'] } },
  )
  const answers = stdout.split('----').map((text) => text.trim())
  const json = answers.flatMap((text) => (text.startsWith('{') ? [JSON.parse(text)] : []))
  expect(json).toEqual([
    { result: 'succeeded', user: { id: expect.stringMatching(/^u_/), username: 'ana' } },
    { result: 'succeeded', token: expect.stringMatching(/^ey/) },
    expect.objectContaining({ client_id: expect.any(String), client_secret: expect.any(String) }),
    { Location: expect.stringMatching(/^https:\/\/app\.example\/callback\?code=tra_[\w-]+&state=xyz&iss=/) },
    expect.objectContaining({
      token_type: 'Bearer',
      access_token: expect.any(String),
      id_token: expect.any(String),
      refresh_token: expect.any(String),
    }),
    expect.objectContaining({ sub: json[0].user.id, preferred_username: 'ana' }),
    expect.objectContaining({ access_token: expect.any(String), refresh_token: expect.any(String) }),
    expect.objectContaining({ access_token: expect.any(String) }),
    expect.objectContaining({ status: 401, code: 'route_unauthorized' }),
    expect.objectContaining({
      caller: {
        ...{ user: json[0].user.id, username: 'ana' },
        ...{ client: json[2].client_id, scope: 'openid profile offline_access' },
      },
    }),
    expect.objectContaining({
      caller: { user: json[0].user.id, username: 'ana', client: null, scope: null },
      request: expect.objectContaining({ method: 'POST', body: 'hello' }),
    }),
  ])
  expect(json[7].refresh_token).toBeUndefined()
  // What was sent with these requests stayed at the gateway.
  for (const { request } of json.slice(-2)) expect(request.headers).not.toHaveProperty('authorization')
})
