import type { Actions } from '../actions/actions.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsolePages } from '../gate/console-pages.ts'
import { overviewPage } from '../pages/overview-page.tsx'

const MOST_EVENTS = 10
const MOST_LETTERS = 20

/** `GET /console` */
export function overviewRoute(pages: ConsolePages, deps: ConsoleDeps, { keys }: Actions): void {
  pages.get('/console', async ({ reply, page, confirm }) => {
    const [people, apps, events, letters] = await Promise.all([
      deps.accounts.administration.counts(),
      deps.clients.counts(),
      deps.accounts.audit.list({ most: MOST_EVENTS }),
      deps.mail.troubles(MOST_LETTERS),
    ])
    return deps.pages.send(reply, overviewPage({ page, confirm, people, apps, events, letters, keys: keys.list() }))
  })
}
