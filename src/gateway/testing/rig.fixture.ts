import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { systemClock } from '#base'
import { createEnvelope, parseKeyring } from '#crypto'
import { createFrontedServer, createPeers, createTraffic } from '#http'
import { createForwarder } from '#outbound'
import { createGateway, type GatewayDeps } from '../index.ts'

/** A gateway on a port of loopback, before a router that answers 404 to everything. */
/** @param options.file undefined: there is none */
export async function createRig(options: { readonly file: string | undefined; readonly deps?: Partial<GatewayDeps> }) {
  const directory = await mkdtemp(join(tmpdir(), 'trivet-gateway-'))
  const file = join(directory, 'trivet.yaml')
  if (options.file !== undefined) await writeFile(file, options.file)
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const forwarder = createForwarder()
  const traffic = createTraffic()
  const holder: { gateway?: ReturnType<typeof createGateway> } = {}
  const server = createFrontedServer(
    {
      request: (request, response) => holder.gateway?.request(request, response) ?? false,
      takesUpgrade: (request) => holder.gateway?.takesUpgrade(request) ?? false,
      upgrade: (request, socket, early) => holder.gateway?.upgrade(request, socket, early) ?? false,
    },
    (_request, response) => response.writeHead(404).end('router'),
    { traffic, log },
  )
  const port = await listen(server)
  const publicUrl = `http://localhost:${port}`
  const gateway = createGateway({
    settings: { publicUrl, file },
    tokens: { verifyAccessToken: async () => undefined, clientOf: async () => undefined },
    accounts: {
      loginToken: { issue: () => Promise.reject(new Error('not here')), verify: async () => undefined },
      userByPublicId: async () => undefined,
      noteUse: async () => undefined,
      callerOfSession: async () => undefined,
      liveSessions: async () => [],
      endSession: async () => undefined,
    },
    client: {
      id: 'trivet-gateway',
      ensure: async () => undefined,
      redeem: async () => undefined,
      grant: async () => undefined,
      liveGrants: async () => [],
      revoke: async () => undefined,
    },
    identitySigner: { sign: () => Promise.reject(new Error('not here')), jwks: () => ({ keys: [] }) },
    envelope: createEnvelope(parseKeyring(`k1:${randomBytes(32).toString('base64url')}`)),
    outbound: { send: () => Promise.reject(new Error('not here')) },
    ...{ forwarder, log, peers: createPeers(['loopback']), clock: systemClock },
    isOwnCookie: (name) => name.startsWith('trivet-'),
    ownSegments: () => new Set(['login']),
    ...options.deps,
  })
  holder.gateway = gateway
  await gateway.start()
  return {
    ...{ port, publicUrl, gateway, traffic },
    /** How many there are from callers. */
    connections: () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count))),
    logged: () => lines.join(''),
    lines: () => lines.map((line): Record<string, unknown> => JSON.parse(line)),
    rewrite: (text: string) => writeFile(file, text),
    async close() {
      await gateway.close()
      server.close()
      server.closeAllConnections()
      await rm(directory, { recursive: true })
    },
  }
}

export type Rig = Awaited<ReturnType<typeof createRig>>

/** A service behind the gateway. */
export async function createUpstream(handler: Parameters<typeof createServer>[1]) {
  const server = createServer(handler)
  // Upgrades are connections of their own, which a server does not close.
  const sockets = new Set<import('node:net').Socket>()
  server.on('connection', (socket) => sockets.add(socket).size && socket.on('close', () => sockets.delete(socket)))
  const port = await listen(server)
  return {
    ...{ server, port, origin: `http://127.0.0.1:${port}` },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
