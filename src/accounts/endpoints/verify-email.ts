import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hashSecret } from '#crypto'
import { formFields } from '#http'
import { actorOf, auditNote } from '../audit/audit.ts'
import { orderVerification } from '../email/verification.ts'
import { problem } from '../errors.ts'
import { originOf } from '../login/origin.ts'
import { verifyEmailPage } from '../pages/verify-email-page.tsx'
import { confirmEmail, findEmailVerification } from '../store/email.ts'
import type { EndpointDeps } from './deps.ts'
import { ownPages } from './own-pages.ts'
import { waitInWords } from './too-many.ts'

/**
 * `/verify-email?token=…`: the link of a letter. It confirms only for who is signed in to that very account: else
 * somebody could write another person's address into an account of theirs and have that person confirm it unawares. And
 * by a button: mail filters open links, too. `POST /account/email/verify` sends another one.
 */
export function verifyEmailRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const comeBack = (request: FastifyRequest) => {
    const { token = '' } = formFields(request.query)
    return token === '' ? '/account' : `/verify-email?${new URLSearchParams({ token })}`
  }
  const pages = ownPages(server, deps, '/verify-email', comeBack)

  pages.get(async (request, reply, { user }) => {
    const { token = '' } = formFields(request.query)
    const email = await findEmailVerification(deps.tables, { tokenHash: hashSecret(token), ownerId: user.id })
    if (email === undefined) throw over(user.username)
    const page = deps.pages.context(request, reply)
    return deps.pages.send(reply, verifyEmailPage({ page, email, token, username: user.username }))
  })

  pages.post(async (request, reply, { user }) => {
    const { token = '' } = formFields(request.body)
    const target = { kind: 'user' as const, id: user.publicId }
    const note = auditNote(actorOf(request, user), { action: 'user.email_verified', target })
    const isConfirmed = await confirmEmail(deps.tables, { tokenHash: hashSecret(token), ownerId: user.id, note })
    if (!isConfirmed) throw over(user.username)
    return reply.redirect('/account?notice=email_verified', 303)
  })

  const account = ownPages(server, deps, '/account')
  account.post(async (request, reply, { user }) => {
    const wait = await orderVerification(deps, user, originOf(request).address)
    if (wait === 0) return reply.redirect('/account?notice=verification_sent', 303)
    throw problem(
      'too_many_letters',
      `Look for the letters you have. In ${waitInWords(wait)} you can ask for one more.`,
      {
        retryAfter: wait,
      },
    )
  }, '/account/email/verify')
}

function over(username: string) {
  return problem(
    'link_over',
    `It works for 24 hours, for the account that it was sent for, while that has this address. You are signed in as ${username}: if that is the account, its page sends you a new link.`,
  )
}
