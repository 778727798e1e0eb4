import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { originOf } from '../login/origin.ts'
import { profilePage } from '../pages/profile-page.tsx'
import { type ProfileFields, parseProfile } from '../profile/parse-profile.ts'
import { profileFields } from '../profile/profile-fields.ts'
import { isEmailChange, saveProfile } from '../profile/save-profile.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'

const NOTICES = new Map([
  ['saved', 'Your profile has been saved.'],
  ['saved_but_email', 'Your profile has been saved, but for the e-mail address. You can change that now.'],
])

/**
 * `/account/profile`: what apps are told about somebody, as far as they allow it. The e-mail address is a way into the
 * account as well, so that a browser which was left open does not change it.
 */
export function profileRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = ownPages(server, deps, '/account/profile')
  type Shown = {
    fields: ProfileFields
    errors: readonly { field: string; message: string }[]
    status?: string | undefined
  }
  async function show(request: FastifyRequest, reply: FastifyReply, shown: Shown) {
    const confirmHref = await deps.accounts.confirmFirst(request, '/account/profile')
    const page = profilePage({ page: deps.pages.context(request, reply), confirmHref, ...shown })
    return deps.pages.send(reply, page, { status: shown.errors.length > 0 ? 422 : 200 })
  }

  pages.get(async (request, reply, { user }) => {
    const status = NOTICES.get(formFields(request.query)['notice'] ?? '')
    return show(request, reply, { fields: profileFields(user), errors: [], status })
  })

  pages.post(async (request, reply, { user }) => {
    const fields = formFields(request.body)
    const parsed = parseProfile(fields)
    if ('errors' in parsed) return show(request, reply, { fields, errors: parsed.errors })
    const back = '/account/profile?notice=saved_but_email'
    const first = isEmailChange(user, parsed) ? await deps.accounts.confirmFirst(request, back) : undefined
    const { address } = originOf(request)
    if (first === undefined) {
      await saveProfile(deps, user, parsed, address)
      return reply.redirect('/account/profile?notice=saved', 303)
    }
    await saveProfile(deps, user, { ...parsed, email: user.email ?? undefined }, address)
    return reply.redirect(first, 303)
  })
}
