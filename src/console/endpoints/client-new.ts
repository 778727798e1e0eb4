import { Problem } from '#http'
import type { Actions } from '../actions/actions.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsolePages } from '../gate/console-pages.ts'
import { clientMadePage, clientNewPage, type TypedClient } from '../pages/client-new-page.tsx'
import { withFields } from './typed.ts'

const PATH = '/console/clients/new'

/** By the words of RFC 7591; whether an app is a native one says its redirect URI, as at `POST /client`. */
const KINDS: Readonly<Record<string, object>> = {
  web: {},
  browser: { token_endpoint_auth_method: 'none' },
  native: { application_type: 'native', token_endpoint_auth_method: 'none' },
}

/** `GET` and `POST /console/clients/new`: an app of nobody here. */
export function clientNewRoutes(pages: ConsolePages, deps: ConsoleDeps, { clients }: Actions): void {
  pages.get(PATH, async ({ reply, page, query, confirm }) =>
    deps.pages.send(reply, clientNewPage({ page, confirm, typed: typedOf(query), wrong: undefined })),
  )

  pages.post(
    PATH,
    // With what was typed, so that nothing is lost to the question who one is.
    ({ fields: { name, redirect_uris, kind } }) => comeBackWith({ name, redirect_uris, kind }),
    async ({ reply, page, fields, confirm, administrator }) => {
      const typed = typedOf(fields)
      const metadata = {
        client_name: typed.name,
        redirect_uris: typed.redirectUris.split(/\s+/).filter((address) => address !== ''),
        grant_types: ['authorization_code', 'refresh_token'],
        ...KINDS[typed.kind],
      }
      try {
        const { client, secret, registrationToken } = await clients.register(administrator, metadata)
        const { id, name } = client
        return deps.pages.send(reply, clientMadePage({ page, confirm, id, name, secret, registrationToken }))
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        return deps.pages.send(reply, clientNewPage({ page, confirm, typed, wrong: error.detail }), { status: 422 })
      }
    },
  )
}

/** Not with more than a path to return to may have (`parseReturnPath`), nor the head of a request. */
const MOST_PATH = 2000

function comeBackWith(fields: Parameters<typeof withFields>[1]): string {
  const path = withFields(PATH, fields)
  return path.length > MOST_PATH ? PATH : path
}

function typedOf({ name = '', redirect_uris = '', kind = '' }: Readonly<Record<string, string>>): TypedClient {
  return { name, redirectUris: redirect_uris, kind: Object.hasOwn(KINDS, kind) ? kind : 'web' }
}
