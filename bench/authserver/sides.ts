import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { startPeer } from '../peer-process.ts'
import { type Started, startProduct } from '../product.ts'
import { type Caller, type Load, openCaller } from './load.ts'
import { prepareOurs } from './ours.ts'
import { preparePeer } from './theirs.ts'
import { askForCredentials, createWorks, requireEs256, type Work, type Works } from './works.ts'

/** One server at one kind of work, and what its rounds gave. */
export type Side = { readonly name: string; readonly server: Started; readonly work: Work; readonly rounds: Load[] }
export type Sides = Readonly<Record<keyof Works | 'empty' | 'login', readonly Side[]>>

export type Arena = {
  readonly servers: Readonly<Record<'ours' | 'postgres' | 'memory' | 'floor', Started>>
  /** Ours is always the first. */
  readonly sides: Sides
  stop(): Promise<void>
}

/** Starts the servers, each in a process of its own, and brings their clients and people to where the work begins. */
export async function openArena(directory: string): Promise<Arena> {
  const client = { id: `c_${randomBytes(16).toString('base64url')}`, secret: randomBytes(32).toString('base64url') }
  const servers = {
    ours: await startProduct(directory, { TRIVET_SANDBOX: 'off' }),
    postgres: await startPeer('oidc-provider', { client, directory: join(directory, 'peer') }),
    memory: await startPeer('oidc-provider', { client }),
    floor: await startPeer('floor', { client }),
  }
  const callers: Record<keyof typeof servers, Caller> = {
    ours: openCaller(servers.ours),
    postgres: openCaller(servers.postgres),
    memory: openCaller(servers.memory),
    floor: openCaller(servers.floor),
  }
  const { login, ...prepared } = await prepareOurs(servers.ours, callers.ours)
  const works = {
    ours: await createWorks(prepared),
    postgres: await createWorks(await preparePeer(servers.postgres, callers.postgres, client)),
    memory: await createWorks(await preparePeer(servers.memory, callers.memory, client)),
  }
  const floor = askForCredentials(callers.floor, client)
  const usualFloor = askForCredentials(callers.floor, client, '/token/usual')
  for (const ask of [floor, usualFloor]) requireEs256((await ask())['access_token'])
  const side = (name: string, server: Started, work: Work): Side => ({ name, server, work, rounds: [] })
  const ours = (work: Work) => side('Trivet, PostgreSQL', servers.ours, work)
  const peers = (kind: keyof Works) => [
    side('oidc-provider, PostgreSQL', servers.postgres, works.postgres[kind]),
    side('oidc-provider, in memory', servers.memory, works.memory[kind]),
  ]
  return {
    servers,
    sides: {
      empty: [side('empty Fastify request', servers.floor, () => callers.floor.get('/'))],
      credentials: [
        ours(works.ours.credentials),
        side('floor: Fastify, form, Map, hash, signature', servers.floor, floor),
        side('floor, signature by dsaEncoding', servers.floor, usualFloor),
        ...peers('credentials'),
      ],
      introspect: [ours(works.ours.introspect), ...peers('introspect')],
      refresh: [ours(works.ours.refresh), ...peers('refresh')],
      flow: [ours(works.ours.flow), ...peers('flow')],
      login: [ours(login)],
    },
    async stop() {
      for (const caller of Object.values(callers)) await caller.close()
      for (const server of Object.values(servers)) await server.stop()
    },
  }
}
