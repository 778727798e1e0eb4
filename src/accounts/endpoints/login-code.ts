import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formFields } from '#http'
import { noteRecoveryUse } from '../factors/recovery-use.ts'
import { CODE_AMR } from '../factors/second-factor.ts'
import { appOfWay } from '../login/asking-app.ts'
import { originOf } from '../login/origin.ts'
import { afterCancel, type WayOn, withWayOn } from '../login/way-on.ts'
import { codePage } from '../pages/code-page.tsx'
import type { EndpointDeps } from './deps.ts'
import { tooManyCodes } from './too-many.ts'

const EXPIRED = 'This page was open for too long, or was not sent from here. Enter the code once more.'
const WRONG = 'This code is wrong, or was used already. Wait for the next one.'
const LATE = '/login?notice=code_late'

/** `/login/code`: for whoever has shown one factor of two. */
export function codeRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  type Wrong = { readonly field?: string; readonly message: string }
  type Shown = { readonly way: WayOn; readonly status: number; readonly errors: readonly Wrong[] }
  async function show(request: FastifyRequest, reply: FastifyReply, { way, status, errors }: Shown) {
    const app = await appOfWay(deps.askingApp, way)
    const page = codePage({ page: deps.pages.context(request, reply), app, errors })
    // The way on may lead to an app.
    return deps.pages.send(reply, page, { status, leavesSite: true })
  }

  server.get('/login/code', async (request, reply) => {
    const pending = await deps.pendingSignIns.find(request)
    return pending ? show(request, reply, { way: pending.way, status: 200, errors: [] }) : reply.redirect(LATE, 303)
  })

  server.post('/login/code', async (request, reply) => {
    const { csrf, code = '', cancel } = formFields(request.body)
    const pending = await deps.pendingSignIns.find(request)
    if (!pending) return reply.redirect(LATE, 303)
    const { ownerId, loginEpoch, amr, way } = pending
    const again = (status: number, errors: readonly Wrong[]) => show(request, reply, { way, status, errors })
    if (!deps.csrf.isGenuine(request, csrf)) return again(403, [{ message: EXPIRED }])
    if (cancel !== undefined) {
      await deps.pendingSignIns.end(reply, pending)
      return reply.redirect(afterCancel(way), 303)
    }
    const checked = await deps.secondFactor.check({ ownerId, code, origin: originOf(request) })
    if (checked.result === 'failed') return again(422, [{ field: 'code', message: WRONG }])
    if (checked.result === 'blocked') {
      reply.header('retry-after', checked.retryAfter)
      return again(429, [{ message: tooManyCodes(checked.retryAfter) }])
    }
    if (!(await deps.pendingSignIns.end(reply, pending))) return reply.redirect(withWayOn('/login', way), 303)
    const proof = { user: { id: ownerId, loginEpoch }, amr: [...amr, ...CODE_AMR], way }
    const path = await deps.finishSignIn(request, reply, proof)
    if (checked.kind === 'recovery_code') await recordUse(request, ownerId)
    return reply.redirect(path, 303)
  })

  async function recordUse(request: FastifyRequest, ownerId: string) {
    const user = await deps.accounts.user(ownerId)
    if (user) await noteRecoveryUse(deps, request, user)
  }
}
