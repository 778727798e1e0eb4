import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { originOf } from '../login/origin.ts'
import { hiddenFields, parseWayOn, type WayOn } from '../login/way-on.ts'
import { parseEmail } from '../names/email.ts'
import { type ForgotPage, forgotPage } from '../pages/forgot-page.tsx'
import { orderReset } from '../reset/reset-letters.ts'
import type { EndpointDeps } from './deps.ts'
import { waitInWords } from './too-many.ts'

const EXPIRED = 'This page was open for too long, or was not sent from here. Try once more.'

/**
 * `/forgot`: asks for a letter with a link. The answer is the same whether anybody has that address, and does not wait
 * for a mail server (security §10.12).
 */
export function forgotRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  type Shown = Partial<Pick<ForgotPage, 'email' | 'errors' | 'isSent'>> & { readonly status?: number }
  const show = (request: FastifyRequest, reply: FastifyReply, way: WayOn, shown: Shown = {}) => {
    const { status = 200, ...rest } = shown
    const page = deps.pages.context(request, reply)
    const props = { page, way, mode: deps.mail.mode, email: '', errors: [], isSent: false, ...rest }
    return deps.pages.send(reply, forgotPage(props), { status })
  }

  server.get('/forgot', async (request, reply) => {
    const query = formFields(request.query)
    return show(request, reply, parseWayOn(query, deps.publicUrl), { isSent: query['sent'] === 'yes' })
  })

  server.post('/forgot', async (request, reply) => {
    const { csrf, email: typed = '', ...fields } = formFields(request.body)
    const way = parseWayOn(fields, deps.publicUrl)
    const again = (status: number, error: { readonly field?: string; readonly message: string }) =>
      show(request, reply, way, { email: typed.slice(0, 300), errors: [error], status })

    if (!deps.csrf.isGenuine(request, csrf)) return again(403, { message: EXPIRED })
    if (deps.mail.mode === 'off') return show(request, reply, way)
    const email = parseEmail(typed)
    if (email === undefined) {
      return again(422, { field: 'email', message: 'Write one e-mail address, such as ana@example.com.' })
    }
    const wait = await deps.letterLimits.take('reset', { email, address: originOf(request).address })
    if (wait > 0) {
      reply.header('retry-after', wait)
      const message = `Letters to this address were asked for a short while ago. Look for them, also among the junk mail; in ${waitInWords(wait)} you can ask for another one.`
      return again(429, { message })
    }
    await orderReset(deps.mail, email)
    const query = new URLSearchParams({ sent: 'yes', ...hiddenFields(way) })
    return reply.redirect(`/forgot?${query}`, 303)
  })
}
