import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { Secret } from '#base'

/** A TCP cable to PostgreSQL that can be held (nothing arrives any more) and let go again. */
export async function cableTo(url: Secret): Promise<{ url: Secret; hold(): void; letGo(): void; count(): number }> {
  const target = new URL(url.reveal())
  const ends = new Set<Socket>()
  let held = false
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end)
      if (held) end.pause()
      end.on('data', (bytes) => void other.write(bytes))
      if (held) end.pause()
      end.on('error', () => undefined)
      end.on('close', () => {
        ends.delete(end)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  onTestFinished(() => {
    for (const end of ends) end.destroy()
    server.close()
  })
  const through = new URL(target)
  through.host = `127.0.0.1:${address.port}`
  return {
    url: new Secret(through.href),
    hold() {
      held = true
      for (const end of ends) end.pause()
    },
    letGo() {
      held = false
      for (const end of ends) end.resume()
    },
    count: () => ends.size / 2,
  }
}
