import { isId } from '#base'
import { pageOf } from '../contracts/paging.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsolePages } from '../gate/console-pages.ts'
import { auditPage } from '../pages/audit-page.tsx'
import { filled } from './typed.ts'

const PER_PAGE = 50
const MOST_ID = 2000

/** `GET /console/audit` */
export function auditRoute(pages: ConsolePages, deps: ConsoleDeps): void {
  const { administration, audit } = deps.accounts

  /** People are known by their names, events by ids. */
  async function idOf(text: string | undefined): Promise<string | undefined> {
    if (text === undefined) return undefined
    return (await administration.named(text))?.id ?? text
  }

  pages.get('/console/audit', async ({ reply, page, query, confirm }) => {
    const action = filled(query['action'], 100)
    const actor = filled(query['actor'])
    const target = filled(query['target'], MOST_ID)
    const { before } = query
    const found = await audit.list({
      ...{ action, actor: await idOf(actor), target: await idOf(target) },
      before: before !== undefined && isId(before) ? before : undefined,
      most: PER_PAGE + 1,
    })
    const { shown, next } = pageOf(found, PER_PAGE, ({ id }) => id)
    const asked = { action: action ?? '', actor: actor ?? '', target: target ?? '' }
    return deps.pages.send(reply, auditPage({ page, confirm, events: shown, next, asked }))
  })
}
