import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { profilePage } from '../pages/profile-page.tsx'
import { type ProfileFields, parseProfile } from '../profile/parse-profile.ts'
import { profileFields } from '../profile/profile-fields.ts'
import { updateProfile } from '../store/user.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'

/** `/account/profile`: what apps are told about somebody, as far as they allow it. */
export function profileRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const pages = ownPages(server, deps, '/account/profile')
  type Shown = { fields: ProfileFields; errors: readonly { field: string; message: string }[]; isSaved?: boolean }
  const show = (request: FastifyRequest, reply: FastifyReply, shown: Shown) =>
    deps.pages.send(reply, profilePage({ page: deps.pages.context(request, reply), ...shown }), {
      status: shown.errors.length > 0 ? 422 : 200,
    })

  pages.get(async (request, reply, { user }) => {
    const isSaved = formFields(request.query)['notice'] === 'saved'
    return show(request, reply, { fields: profileFields(user), errors: [], isSaved })
  })

  pages.post(async (request, reply, { user }) => {
    const fields = formFields(request.body)
    const parsed = parseProfile(fields)
    if ('errors' in parsed) return show(request, reply, { fields, errors: parsed.errors })
    await updateProfile(deps.tables, { id: user.id, ...parsed })
    return reply.redirect('/account/profile?notice=saved', 303)
  })
}
