import type { FastifyInstance } from 'fastify'
import type { PlaygroundDeps } from './deps.ts'
import { playgroundRoute } from './endpoints/playground.ts'
import { callbackRoute } from './endpoints/playground-callback.ts'
import { forgetRoute } from './endpoints/playground-forget.ts'
import { stepRoute } from './endpoints/playground-step.ts'
import type { PlaygroundTables } from './store/tables.ts'
import { deleteOldVisits } from './store/visit.ts'
import { createVisits } from './visits/visits.ts'
import { createSender } from './wire/sender.ts'

/** Where the client that the page registers is called back: the one address of this server that clients may name. */
export const PLAYGROUND_CALLBACK = '/playground/callback'

/** For the account page. */
export const PLAYGROUND_LINK = {
  id: 'account-playground',
  href: '/playground',
  label: 'Playground',
  text: 'A sign-in for an app of your own, by hand.',
}

export type Playground = {
  /** `/playground`. The server has to be the one that answers `/register`, `/token` and so on. */
  routes(server: FastifyInstance): void
  /** Removes what is older than an hour. To be called every few minutes; may be broken off and repeated. */
  sweep(): Promise<void>
}

/** The page on which developers walk through a sign-in by hand, with real requests. Nothing is started here. */
export function createPlayground(deps: PlaygroundDeps): Playground {
  const tables = deps.database.tables<PlaygroundTables>()
  const visits = createVisits({ ...deps, tables })
  const { clock, cookies, csrf, pages, publicUrl } = deps
  return {
    routes(server) {
      const send = createSender(server, publicUrl)
      const callback = publicUrl + PLAYGROUND_CALLBACK
      const shared = { clock, cookies, csrf, pages, publicUrl, visits, send, callback }
      playgroundRoute(server, shared)
      callbackRoute(server, shared)
      forgetRoute(server, shared)
      stepRoute(server, shared)
    },
    sweep: () => deleteOldVisits(tables),
  }
}
