import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { newId } from '#base'
import { formFields } from '#http'
import { PASSKEY_AMR } from '../factors/passkeys.ts'
import { originOf } from '../login/origin.ts'
import { afterSignIn, parseWayOn, type WayOn } from '../login/way-on.ts'
import { confirmPage } from '../pages/confirm-page.tsx'
import { insertLoginEvent } from '../store/login-event.ts'
import { findWaysToSignIn } from '../store/ways-to-sign-in.ts'
import type { User } from '../user.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'
import { tooMany } from './too-many.ts'

type Shown = {
  readonly user: User
  readonly way: WayOn
  readonly errors: readonly { readonly field?: string; readonly message: string }[]
}

/**
 * `/account/confirm?return_to=`: whoever is signed in proves again who they are, as whole as at the sign-in (ASVS 5.0,
 * 7.5.1), and goes on where that was asked for.
 */
export function confirmRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const wayOf = (fields: unknown): WayOn => ({
    ...parseWayOn(formFields(fields), deps.publicUrl),
    interaction: undefined,
  })
  // Signing in proves it as well, so that nobody is asked twice.
  const pages = ownPages(server, deps, '/account/confirm', ({ query }) => afterSignIn(wayOf(query)))

  async function show(request: FastifyRequest, reply: FastifyReply, { user, way, errors }: Shown, status = 200) {
    const page = deps.pages.context(request, reply)
    const { hasPassword, issuers, passkeys } = await findWaysToSignIn(deps.tables, user.id)
    const shown = confirmPage({
      ...{ page, username: user.username, way, hasPassword, errors },
      // What does not count is not offered (store/fresh-session.ts).
      providers: deps.signInProviders().filter(({ issuer }) => !user.isAdmin && issuers.includes(issuer)),
      passkey: passkeys === 0 ? undefined : await deps.passkeys.signInOptions(page, user),
    })
    // Providers are elsewhere.
    return deps.pages.send(reply, shown, { status, leavesSite: true })
  }

  pages.get((request, reply, { user }) => show(request, reply, { user, way: wayOf(request.query), errors: [] }))

  pages.post(async (request, reply, { user }) => {
    const { csrf = '', password = '', credential } = formFields(request.body)
    const way = wayOf(request.body)
    if (credential !== undefined) return byPasskey(request, reply, { user, way, csrf, credential })
    const { username } = user
    const outcome = await deps.attempt({ username, password, method: 'confirmation', origin: originOf(request) })
    if (outcome.result === 'succeeded') {
      const proof = { user: outcome.user, amr: ['pwd'], way }
      return reply.redirect(await deps.finishSignIn(request, reply, proof), 303)
    }
    if (outcome.result === 'failed') {
      const errors = [{ field: 'password', message: 'This is not your password.' }]
      return show(request, reply, { user, way, errors }, 422)
    }
    reply.header('retry-after', outcome.retryAfter)
    return show(request, reply, { user, way, errors: [{ message: tooMany(outcome.retryAfter) }] }, 429)
  })

  type Signed = { readonly user: User; readonly way: WayOn; readonly csrf: string; readonly credential: string }
  async function byPasskey(request: FastifyRequest, reply: FastifyReply, { user, way, csrf, credential }: Signed) {
    const outcome = await deps.passkeys.signIn(credential, { csrf })
    if (outcome.result === 'expired') {
      const errors = [{ message: 'This page was open for too long. Use your passkey once more.' }]
      return show(request, reply, { user, way, errors }, 422)
    }
    // Somebody else's does not say that it is you (security §11.5).
    const isOwn = outcome.result === 'succeeded' && outcome.user.id === user.id
    const event = { id: newId(), ownerId: user.id, method: 'passkey', ...originOf(request) }
    await insertLoginEvent(deps.tables, { ...event, outcome: isOwn ? 'succeeded' : 'failed' })
    if (!isOwn) {
      return show(
        request,
        reply,
        { user, way, errors: [{ message: 'This is not a passkey of yours. Try again.' }] },
        422,
      )
    }
    const proof = { user: outcome.user, amr: [...PASSKEY_AMR], way }
    return reply.redirect(await deps.finishSignIn(request, reply, proof), 303)
  }
}
