import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { actorOf, auditNote } from '../audit/audit.ts'
import { orderNotice } from '../email/notices.ts'
import { CODE_AMR } from '../factors/second-factor.ts'
import { totpUri } from '../factors/totp.ts'
import { recoveryCodesPage } from '../pages/recovery-codes-page.tsx'
import { totpPage } from '../pages/totp-page.tsx'
import type { User } from '../user.ts'
import { FACTORS, freshPages } from './account-factors.ts'
import type { EndpointDeps } from './deps.ts'

const PATH = `${FACTORS}/totp`
const WRONG = 'This is not the code of this key. Is the clock of your phone right? Enter the one that is shown now.'
const ON = 'From now on a code is asked for after your password. Other browsers are signed out.'
const RENEWED = 'These codes take the place of all earlier ones.'

/** `/account/factors/totp`: sets codes up and turns them on; `…/off` off again; `…/recovery-codes` makes new ones. */
export function totpRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = freshPages(server, deps, PATH)
  const { secondFactor } = deps
  const issuer = new URL(deps.publicUrl).host

  const noteOf = (request: FastifyRequest, user: User, action: string) =>
    auditNote(actorOf(request, user), { action, target: { kind: 'user', id: user.publicId } })
  const showCodes = (request: FastifyRequest, reply: FastifyReply, codes: readonly string[], status: string) =>
    deps.pages.send(reply, recoveryCodesPage({ page: deps.pages.context(request, reply), codes, status }))

  async function show(request: FastifyRequest, reply: FastifyReply, user: User, message?: string) {
    const key = await secondFactor.keyToShow(user.id)
    if (!key) return reply.redirect(FACTORS, 303)
    const uri = totpUri(key, { issuer, username: user.username })
    const errors = message === undefined ? [] : [{ field: 'code', message }]
    const page = totpPage({ page: deps.pages.context(request, reply), uri, secret: key.reveal(), errors })
    return deps.pages.send(reply, page, { status: message === undefined ? 200 : 422 })
  }

  pages.post(async (_request, reply, { user }) => {
    await secondFactor.begin(user.id)
    return reply.redirect(PATH, 303)
  }, `${PATH}/begin`)

  pages.get((request, reply, { user }) => show(request, reply, user))

  pages.post(async (request, reply, { user, caller }) => {
    const codes = await secondFactor.turnOn(user.id, {
      code: formFields(request.body)['code'] ?? '',
      sessionId: caller.sessionId,
      note: noteOf(request, user, 'second_factor.turned_on'),
    })
    if (!codes) return show(request, reply, user, WRONG)
    await orderNotice(deps.mail, 'codes_on', user)
    // This session has shown both now. Turning on made an epoch begin; another one since then ends this one as well.
    const amr = [...new Set([...caller.user.amr, ...CODE_AMR])]
    await deps.accounts.signIn(request, reply, user.id, { amr, loginEpoch: user.loginEpoch + 1 })
    return showCodes(request, reply, codes, ON)
  })

  pages.post(async (request, reply, { user }) => {
    const note = noteOf(request, user, 'second_factor.turned_off')
    if (await secondFactor.turnOff(user.id, note)) await orderNotice(deps.mail, 'codes_off', user)
    return reply.redirect(`${FACTORS}?notice=codes_off`, 303)
  }, `${PATH}/off`)

  pages.post(async (request, reply, { user }) => {
    const codes = await secondFactor.renewRecoveryCodes(user.id, noteOf(request, user, 'recovery_codes.renewed'))
    if (!codes) return reply.redirect(FACTORS, 303)
    return showCodes(request, reply, codes, RENEWED)
  }, `${FACTORS}/recovery-codes`)
}
