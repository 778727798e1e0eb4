import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { OAuthError } from '../errors.ts'
import type { Outcome } from '../flow/authorize.ts'
import { decide, findQuestion } from '../flow/consent.ts'
import { isLasting } from '../flow/issue-code.ts'
import { type Subject, subjectOfSession } from '../flow/subject.ts'
import { consentPage } from '../pages/consent-page.tsx'
import type { PageDeps } from './deps.ts'
import { sendOutcome, sendRefusal } from './send.ts'

/** `GET|POST /consent`: who asks, for what; yes or no. */
export function consentRoutes(server: FastifyInstance, deps: PageDeps): void {
  const { flow, pages } = deps

  async function show(request: FastifyRequest, reply: FastifyReply, subject: Subject, id: unknown) {
    const found = await findQuestion(flow, { id, subject })
    if (found.kind !== 'ask') return sendOutcome(deps, request, reply, found)
    const page = consentPage({
      page: pages.context(request, reply),
      question: found,
      username: request.caller?.user?.username ?? '',
      isLasting: isLasting(found.request),
      issuer: flow.rules.issuer,
      apis: flow.rules.apis,
    })
    return pages.send(reply, page, { leavesSite: true })
  }

  const route =
    (
      read: (request: FastifyRequest) => Readonly<Record<string, string>>,
      work: (request: FastifyRequest, reply: FastifyReply, subject: Subject) => Promise<FastifyReply>,
    ) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        const subject = subjectOfSession(request.caller)
        if (!subject) return sendOutcome(deps, request, reply, signIn(read(request)['interaction'] ?? ''))
        return await work(request, reply, subject)
      } catch (error) {
        if (error instanceof OAuthError) return sendRefusal(deps, request, reply, error)
        throw error
      }
    }

  const query = (request: FastifyRequest) => formFields(request.query)
  const body = (request: FastifyRequest) => formFields(request.body)

  server.get(
    '/consent',
    route(query, (request, reply, subject) => show(request, reply, subject, query(request)['interaction'])),
  )

  server.post(
    '/consent',
    route(body, async (request, reply, subject) => {
      deps.csrf.require(request)
      const { interaction: id, decision } = body(request)
      if (decision !== 'allow' && decision !== 'deny') return show(request, reply, subject, id)
      return sendOutcome(deps, request, reply, await decide(flow, { id, subject, decision }))
    }),
  )
}

function signIn(interaction: string): Outcome {
  return { kind: 'go', path: `/login?${new URLSearchParams({ interaction })}` }
}
