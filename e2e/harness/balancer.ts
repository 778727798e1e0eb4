import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** One address in front of several processes, as in front of replicas. */
export type Balancer = {
  readonly url: string
  /** Who gets the next connections, in turns. */
  route(ports: readonly number[]): void
  close(): Promise<void>
}

export async function startBalancer(): Promise<Balancer> {
  let targets: readonly number[] = []
  let turn = 0
  const server = createServer((socket) => {
    const port = targets[turn++ % targets.length]
    if (port === undefined) return socket.destroy()
    const target = connect(port, '127.0.0.1')
    // Whichever side breaks off, the other one has to know.
    socket.on('error', () => target.destroy()).on('close', () => target.destroy())
    target.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    socket.pipe(target).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    url: `http://localhost:${address.port}`,
    route(ports) {
      targets = ports
    },
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}
