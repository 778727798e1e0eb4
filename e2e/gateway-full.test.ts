import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGatewayFile } from './harness/gateway-file.ts'
import { registerPerson } from './harness/person.ts'
import { useSite } from './harness/site.ts'
import { type LiveService, openWebSocket, type RawWebSocket, startLiveService } from './harness/websocket.ts'

/** A process that may open 300 files only (util-linux). */
const site = useSite({ before: ['prlimit', '--nofile=300:300'] })
const file = createGatewayFile(() => site.product)
let live: LiveService
beforeAll(async () => {
  live = await startLiveService()
  await file.write(`
gateway:
  routes:
    - {path: /live, access: public, upstream: "http://127.0.0.1:${live.port}"}
`)
})
afterAll(() => live.close())

test('more connections than there may be are refused and the log says why; those that are there go on, and it comes back by itself', async () => {
  const open: RawWebSocket[] = []
  let refused: unknown
  while (refused === undefined && open.length < 300) {
    await openWebSocket(`${site.product.url}/live/ws`).then(
      (socket) => open.push(socket),
      (error: unknown) => (refused = error),
    )
  }
  expect(open.length).toBeGreaterThan(90)
  expect(String(refused)).toMatch(/hang up|ECONNRESET/)
  await expect.poll(() => site.product.output()).toContain('ulimit -n')
  for (const [index, socket] of live.sockets.entries()) socket.send(`to ${index}`)
  expect(await Promise.all(open.map((socket) => socket.next()))).toEqual(open.map((_socket, index) => `to ${index}`))

  for (const socket of open) socket.destroy()
  await expect
    .poll(() =>
      site
        .client()
        .get('/live/x')
        .then(
          ({ text }) => text,
          () => '',
        ),
    )
    .toBe('ok')
  expect(await registerPerson(site.client(), 'later')).not.toBe('')
})
