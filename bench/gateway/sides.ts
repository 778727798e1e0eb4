import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SCOPE } from '../authserver/floor.ts'
import { runFlow } from '../authserver/flow.ts'
import { openCaller as openAuthorizationCaller } from '../authserver/load.ts'
import { prepareOurs } from '../authserver/ours.ts'
import { startPeer } from '../peer-process.ts'
import { freePort, type Started, startProduct } from '../product.ts'
import type { Peer } from './child.ts'
import type { Rules } from './fastify.ts'
import { type Caller, type Load, openCaller } from './load.ts'
import { startHaproxy, startNginx } from './proxies.ts'
import { createRsaMint, type Mint, openMint } from './tokens.ts'

/** What a side is sent: no token at all, one of a few again and again, or each token once. */
export type Kind = 'none' | 'repeated' | 'unique'
/** One gateway, what it is sent, and what its rounds gave. */
export type Side = {
  readonly name: string
  readonly kind: Kind
  readonly caller: Caller
  readonly mint: Pick<Mint, 'make'>
  readonly rounds: Load[]
}

export type Arena = { readonly sides: Readonly<Record<Name, Side>>; stop(): Promise<void> }

const NAMES = {
  direct: 'the upstream alone',
  relay: 'node:http and undici, nothing else',
  open: 'Trivet, public route',
  cold: 'Trivet, unique tokens',
  warm: 'Trivet, repeated tokens',
  fastifyCold: '@fastify/http-proxy + jwt, unique tokens',
  fastifyWarm: 'the same with its cache, repeated tokens',
  nginxCold: 'nginx auth_request to Trivet, unique tokens',
  nginxWarm: 'nginx auth_request to Trivet, repeated tokens',
  haproxyEs: 'HAProxy jwt_verify ES256',
  haproxyRs: 'HAProxy jwt_verify RS256',
} as const
export type Name = keyof typeof NAMES

/** Starts everything in processes of their own, in front of one upstream, and has one token of somebody's to begin with. */
export async function openArena(directory: string): Promise<Arena> {
  const peer = (name: Peer, told: object = {}) => startPeer(name, told)
  const upstream = await peer('upstream')
  const behind = { upstream: `http://127.0.0.1:${new URL(upstream.url).port}` }
  const nginxPort = await freePort()
  const nginxHost = `app.localhost:${nginxPort}`
  await writeFile(join(directory, 'trivet.yaml'), routesFile({ ...behind, nginxHost }))
  const product = await startProduct(directory, { TRIVET_SANDBOX: 'off', TRIVET_TRUSTED_PROXIES: '127.0.0.1' })
  const like = await tokenOfSomebody(product)
  const mint = await openMint(directory, like)
  const rsa = createRsaMint(like)
  const rules: Rules = { issuer: product.url, audience: product.url, scope: SCOPE, publicKey: mint.publicKey }
  const relay = await peer('relay', behind)
  const fastify = await peer('fastify', { ...behind, rules, cache: false })
  const cached = await peer('fastify', { ...behind, rules, cache: true })
  const nginx = await startNginx({ ...behind, port: nginxPort, host: nginxHost, product: product.url })
  const es = await startHaproxy({ ...behind, directory, alg: 'ES256', rules })
  const rs = await startHaproxy({ ...behind, directory, alg: 'RS256', rules: { ...rules, publicKey: rsa.publicKey } })

  const callers: Caller[] = []
  const side = (name: Name, kind: Kind, at: Place, own: Pick<Mint, 'make'> = mint): Side => {
    const { url = `http://127.0.0.1:${at.port}`, path = '/notes/1' } = at
    const caller = openCaller({ url, path, pids: at.pids ?? [at.pid], ...(at.host ? { host: at.host } : {}) })
    callers.push(caller)
    return { name: NAMES[name], kind, caller, mint: own, rounds: [] }
  }
  const asking = { ...nginx, host: nginxHost, pids: [nginx.pid, product.pid] }
  return {
    sides: {
      direct: side('direct', 'none', upstream),
      relay: side('relay', 'none', relay),
      open: side('open', 'none', { ...product, path: '/open/1' }),
      cold: side('cold', 'unique', product),
      warm: side('warm', 'repeated', product),
      fastifyCold: side('fastifyCold', 'unique', fastify),
      fastifyWarm: side('fastifyWarm', 'repeated', cached),
      nginxCold: side('nginxCold', 'unique', asking),
      nginxWarm: side('nginxWarm', 'repeated', asking),
      haproxyEs: side('haproxyEs', 'unique', es),
      haproxyRs: side('haproxyRs', 'unique', rs, rsa),
    },
    async stop() {
      await Promise.all(callers.map((caller) => caller.close()))
      await mint.close()
      for (const server of [nginx, es, rs, relay, fastify, cached, product, upstream]) await server.stop()
    },
  }
}

type Place = {
  readonly pid: number
  /** In the place of that one. */
  readonly pids?: readonly number[]
  readonly url?: string
  readonly port?: number
  readonly path?: string
  readonly host?: string
}

function routesFile({ upstream, nginxHost }: { upstream: string; nginxHost: string }): string {
  const needs = `scopes: '${SCOPE}'`
  return `gateway:
  routes:
    - { path: /open, upstream: '${upstream}', access: public }
    - { path: /notes, upstream: '${upstream}', ${needs} }
    - { path: /, host: '${nginxHost}', ${needs} }
`
}

/** Through a registration, a consent and a code, as apps get theirs. */
async function tokenOfSomebody(product: Started): Promise<string> {
  const caller = openAuthorizationCaller(product)
  const { client, people } = await prepareOurs(product, caller)
  const { access_token: token } = await runFlow(caller, client, people[0] ?? {})
  await caller.close()
  return String(token)
}
