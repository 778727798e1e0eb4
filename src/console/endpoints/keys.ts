import { SIGNING_ALGS } from '#crypto'
import type { Actions } from '../actions/actions.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsolePages } from '../gate/console-pages.ts'
import { keysPage } from '../pages/keys-page.tsx'
import { oneOf } from './typed.ts'

const PATH = '/console/keys'

const NOTICES = new Map([
  ['rotated', 'A new key is published. It begins to sign once every client can have seen it.'],
  ['ended', 'The keys of this kind have ended, and what they signed. A new one signs from now on.'],
  ['waiting', 'Nothing was done: a new key is waiting for its time already.'],
])

/** `GET /console/keys`, `POST /console/keys/rotate`, with a field `now` at once. */
export function keyRoutes(pages: ConsolePages, deps: ConsoleDeps, { keys }: Actions): void {
  pages.get(PATH, async ({ reply, page, query, confirm }) => {
    const status = NOTICES.get(query['notice'] ?? '')
    return deps.pages.send(reply, keysPage({ page, confirm, status, keys: keys.list() }))
  })

  pages.post(
    `${PATH}/rotate`,
    () => PATH,
    async ({ reply, fields, administrator }) => {
      const alg = oneOf(SIGNING_ALGS, fields['alg'])
      if (alg === undefined) return reply.redirect(PATH, 303)
      if (fields['now'] === 'yes') {
        await keys.replace(administrator, alg)
        return reply.redirect(`${PATH}?notice=ended`, 303)
      }
      const rotated = await keys.rotate(administrator, alg)
      return reply.redirect(`${PATH}?notice=${rotated ? 'rotated' : 'waiting'}`, 303)
    },
  )
}
