import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { factorsPage } from '../pages/factors-page.tsx'
import { describeUserAgent } from '../pages/user-agent.ts'
import { listPasskeys } from '../store/passkey.ts'
import type { User } from '../user.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages, type Self } from './own-pages.ts'

export const FACTORS = '/account/factors'

const NOTICES = new Map([
  ['passkey_added', 'The passkey has been added. It signs you in from now on.'],
  ['passkey_renamed', 'The passkey has another name now.'],
  [
    'passkey_removed',
    'The passkey has been removed, and other browsers are signed out. Delete it on your device or in your password manager, too.',
  ],
  ['codes_off', 'No more codes are asked for, and the recovery codes no longer work.'],
])

/** `GET /account/factors`: passkeys, codes and recovery codes, for who has just proved who they are. */
export function factorsRoute(server: FastifyInstance, deps: EndpointDeps): void {
  freshPages(server, deps, FACTORS).get(async (request, reply, { user }) => {
    const status = NOTICES.get(formFields(request.query)['notice'] ?? '')
    return showFactors(deps, request, reply, { user, errors: [], status })
  })
}

type Shown = {
  readonly user: User
  readonly errors: readonly { readonly field?: string; readonly message: string }[]
  readonly status: string | undefined
}

export async function showFactors(deps: EndpointDeps, request: FastifyRequest, reply: FastifyReply, shown: Shown) {
  const { user, errors, status } = shown
  const page = deps.pages.context(request, reply)
  const [passkeys, codes, addOptions] = await Promise.all([
    listPasskeys(deps.tables, user.id),
    deps.secondFactor.state(user.id),
    deps.passkeys.addOptions(page, user),
  ])
  const rendered = factorsPage({
    ...{ page, passkeys, addOptions, codes, errors, status },
    suggestedName: describeUserAgent(request.headers['user-agent'] ?? ''),
  })
  return deps.pages.send(reply, rendered, { status: errors.length > 0 ? 422 : 200 })
}

type Handler = (request: FastifyRequest, reply: FastifyReply, self: Self) => Promise<FastifyReply>

/** As `ownPages`, for who has proved less than 5 minutes ago who they are (ASVS 5.0, 7.5.1; security §11.5). */
export function freshPages(server: FastifyInstance, deps: EndpointDeps, page: string) {
  const pages = ownPages(server, deps, page)
  const fresh =
    (handler: Handler): Handler =>
    async (request, reply, self) => {
      const first = await deps.accounts.confirmFirst(request, FACTORS)
      return first === undefined ? handler(request, reply, self) : reply.redirect(first, 303)
    }
  return {
    get: (handler: Handler) => pages.get(fresh(handler)),
    post: (handler: Handler, path = page) => pages.post(fresh(handler), path),
  }
}
