import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import fastify, { type FastifyInstance } from 'fastify'
import { registerControls } from './controls.ts'
import { createDiceBear } from './dicebear/index.ts'
import { createDiscord } from './discord/index.ts'
import { createFaults } from './faults/index.ts'
import { misbehave } from './faults/transport.ts'
import { createGoogle } from './google/index.ts'
import { registerHome } from './home.ts'
import type { Provider, Surroundings } from './provider.ts'
import { createRecorder } from './requests/index.ts'
import { createSite } from './site.ts'
import { openStore } from './state/index.ts'
import { createTheCatApi } from './thecatapi/index.ts'

export type ServerOptions = {
  /** Folder for everything that is kept. */
  state: string
  /** Address seen from outside, no trailing slash; absent: where it listens. */
  baseUrl?: string | undefined
  now(): number
  random(bytes: number): Buffer
}

const FORM_LIMIT = 1024 * 1024

function listeningAt(app: FastifyInstance): string {
  const address = app.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The sandbox is not listening')
  return `http://127.0.0.1:${address.port}`
}

/** Puts the stand-ins together; the caller makes it listen. */
export async function createServer({ state, baseUrl, now, random }: ServerOptions): Promise<FastifyInstance> {
  const site = createSite(
    () => baseUrl ?? listeningAt(app),
    () => listeningAt(app),
  )
  const app: FastifyInstance = fastify({
    bodyLimit: FORM_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1024 },
    rewriteUrl: (request) => site.strip(request.url ?? '/'),
  })
  const store = openStore(state)
  const catalogue = new Map<string, Provider>()
  const faults = createFaults(store, catalogue, () => random(6).toString('hex'))
  const recorder = createRecorder(now)
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  app.addHook('onClose', async () => store.close())

  app.addHook('onRequest', async (request, reply) => {
    if (!site.isOwnHost(request.headers.host)) return reply.code(421).send({ error: 'Misdirected request' })
  })
  await app.register(cookie)
  await app.register(formbody)

  const around = (id: string): Surroundings => {
    const dir = join(state, id)
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    return { site, store, faults, dir, now, random }
  }
  const providers: Provider[] = [
    await createGoogle(around('google')),
    createTheCatApi(around('thecatapi')),
    createDiscord(around('discord')),
    createDiceBear(around('dicebear')),
  ]
  for (const provider of providers) {
    catalogue.set(provider.id, provider)
    await app.register(
      async (scope) => {
        misbehave(scope, provider, faults, closing.signal)
        recorder.watch(scope, provider.id)
        // Its own handler, so that the recorder sees requests for addresses the stand-in does not know.
        scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'No such address in the sandbox' }))
        await provider.routes(scope)
      },
      { prefix: `/${provider.id}` },
    )
  }

  async function reset() {
    store.clear(providers.flatMap(({ keeps }) => keeps))
    recorder.clear()
    for (const provider of providers) await provider.reset?.()
  }
  await app.register(async (scope) => registerControls(scope, { faults, recorder, providers, reset }))
  registerHome(app, site, providers)
  return app
}
