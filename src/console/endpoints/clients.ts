import { CLIENT_STATES } from '#authorization'
import { Problem } from '#http'
import type { Actions } from '../actions/actions.ts'
import { pageOf } from '../contracts/paging.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsolePages, Visit } from '../gate/console-pages.ts'
import { clientDeletePage } from '../pages/client-delete-page.tsx'
import { clientPage } from '../pages/client-page.tsx'
import { clientsPage } from '../pages/clients-page.tsx'
import { filled, oneOf, withFields } from './typed.ts'

const PER_PAGE = 50
/** An id of ours, or the address of a document. */
const MOST_ID = 2000

const NOTICES = new Map([
  ['verified', 'People are not warned of it any more.'],
  ['unverified', 'People are warned of it again.'],
  ['disabled', 'It is switched off, and its tokens are worth nothing.'],
  ['enabled', 'It is switched on again.'],
  ['changed', 'Nothing was done: its registration was changed after you opened this page. This is how it is now.'],
])

const CHANGES = {
  verify: { state: { isVerified: true }, notice: 'verified' },
  unverify: { state: { isVerified: false }, notice: 'unverified' },
  disable: { state: { isDisabled: true }, notice: 'disabled' },
  enable: { state: { isDisabled: false }, notice: 'enabled' },
} as const

const clientPath = (id: string | undefined) => withFields('/console/client', { id })

/** `GET /console/clients`, `GET /console/client?id=…` (an id may be an address, which no path takes), and what is done there. */
export function clientRoutes(pages: ConsolePages, deps: ConsoleDeps, { clients }: Actions): void {
  const idOf = ({ id }: Readonly<Record<string, string>>) => (id ?? '').slice(0, MOST_ID)

  pages.get('/console/clients', async ({ reply, page, query, confirm }) => {
    const search = filled(query['search'])
    const state = oneOf(CLIENT_STATES, query['state'])
    const after = filled(query['after'], MOST_ID)
    const found = await deps.clients.page({ search, state, after, most: PER_PAGE + 1 })
    const { shown, next } = pageOf(found, PER_PAGE, ({ client }) => client.id)
    const asked = { search: search ?? '', state: state ?? '' }
    const status = query['notice'] === 'deleted' ? 'The app is gone, with all that was issued to it.' : undefined
    return deps.pages.send(reply, clientsPage({ page, confirm, status, clients: shown, next, asked }))
  })

  pages.get('/console/client', async ({ reply, page, query, confirm }) => {
    const entry = await clients.find(idOf(query))
    const { ownerId } = entry.client
    const owner = ownerId === null ? undefined : await deps.accounts.administration.owner(ownerId)
    const status = NOTICES.get(query['notice'] ?? '')
    return deps.pages.send(reply, clientPage({ page, confirm, status, entry, owner }))
  })

  for (const [path, { state, notice }] of Object.entries(CHANGES)) {
    pages.post(
      `/console/client/${path}`,
      ({ fields }) => clientPath(fields['id']),
      async ({ reply, fields, administrator }: Visit) => {
        const id = idOf(fields)
        // Vouching is for what the page showed; switching off waits for nothing.
        const seenAt = path === 'verify' ? timeOf(fields['seen_at']) : undefined
        const done = await clients.setState(administrator, id, state, seenAt).then(() => notice, changedMeanwhile)
        return reply.redirect(withFields('/console/client', { id, notice: done }), 303)
      },
    )
  }

  const deletePath = '/console/client/delete'
  pages.get(deletePath, async ({ reply, page, query, confirm }) =>
    deps.pages.send(reply, clientDeletePage({ page, confirm, entry: await clients.find(idOf(query)) })),
  )
  pages.post(
    deletePath,
    ({ fields }) => withFields(deletePath, { id: fields['id'] }),
    async ({ reply, fields, administrator }) => {
      await clients.remove(administrator, idOf(fields))
      return reply.redirect('/console/clients?notice=deleted', 303)
    },
  )
}

/** As the page wrote it; what is none is older than every app. */
function timeOf(text = ''): Date {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? new Date(0) : time
}

function changedMeanwhile(error: unknown): 'changed' {
  if (error instanceof Problem && error.code === 'client_changed') return 'changed'
  throw error
}
