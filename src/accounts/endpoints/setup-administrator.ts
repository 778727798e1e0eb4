import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hashSecret } from '#crypto'
import { formFields } from '#http'
import { actorOf } from '../audit/audit.ts'
import { problem } from '../errors.ts'
import { setupPage } from '../pages/setup-page.tsx'
import { insertRecorded } from '../register/insert-recorded.ts'
import { isSetupLinkLive, useSetupLink } from '../store/setup-link.ts'
import type { EndpointDeps } from './deps.ts'

const EXPIRED = 'This page was not sent from here. Enter the password once more.'
const FIRST_PAGE = '/account'

/** `/setup/administrator?token=…`: the link that the first start prints (security §10.11). It makes one administrator. */
export function setupAdministratorRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  type Shown = {
    readonly token: string
    readonly username: string
    readonly errors: readonly { readonly field?: string; readonly message: string }[]
  }
  const show = (request: FastifyRequest, reply: FastifyReply, status: number, shown: Shown) =>
    deps.pages.send(reply, setupPage({ page: deps.pages.context(request, reply), ...shown }), { status })

  server.get('/setup/administrator', async (request, reply) => {
    const { token = '' } = formFields(request.query)
    if (!(await isSetupLinkLive(deps.tables, hashSecret(token)))) throw over()
    return show(request, reply, 200, { token, username: '', errors: [] })
  })

  server.post('/setup/administrator', async (request, reply) => {
    const { csrf, token = '', username = '', password = '' } = formFields(request.body)
    const tokenHash = hashSecret(token)
    // Before the password, which costs: a guess of the link is not worth it.
    if (!(await isSetupLinkLive(deps.tables, tokenHash))) throw over()
    const again = (status: number, errors: Shown['errors']) => show(request, reply, status, { token, username, errors })
    if (!deps.csrf.isGenuine(request, csrf)) return again(403, [{ message: EXPIRED }])

    const person = { username, password, isAdmin: true, byOperator: true }
    const outcome = await deps.register(person, async (user) => {
      const made = { by: actorOf(request, user), details: { way: 'setup_link' } }
      const isMade = await useSetupLink(deps.tables, tokenHash, (trx) => insertRecorded(trx, user, made))
      if (isMade === undefined) throw over()
      return isMade
    })
    if ('errors' in outcome) return again(422, outcome.errors)
    const { user } = outcome
    const way = { interaction: undefined, returnTo: FIRST_PAGE }
    return reply.redirect(await deps.finishSignIn(request, reply, { user, amr: ['pwd'], way }), 303)
  })
}

function over() {
  return problem(
    'link_over',
    'It makes the first administrator, once, and within an hour after the first start. Others are made by "trivet user create <name> --admin".',
  )
}
