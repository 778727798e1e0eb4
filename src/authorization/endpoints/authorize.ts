import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { networkOf } from '../clients/network.ts'
import { OAuthError } from '../errors.ts'
import { authorize, keep, type Outcome, resume } from '../flow/authorize.ts'
import { hasBearer, type Subject, subjectOfBearer, subjectOfSession } from '../flow/subject.ts'
import { requireForm } from '../parameters.ts'
import type { PageDeps } from './deps.ts'
import { sendOutcome, sendRefusal } from './send.ts'

/**
 * `GET|POST /authorize` (RFC 6749 §3.1, OpenID Connect Core §3.1.2). Shows neither sign-in nor consent itself. No CORS
 * (RFC 9700 §2.6), and no answer to HEAD, which must not make codes.
 */
export function authorizeRoutes(server: FastifyInstance, deps: PageDeps): void {
  const { flow, accounts } = deps

  async function ask(request: FastifyRequest): Promise<Outcome> {
    const source = request.query
    const subject = await subjectOf(request)
    const network = networkOf(request.ip)
    const { interaction: id, login } = readQuery(source)
    if (id !== undefined && !hasBearer(request))
      return resume(flow, { id, subject, network, isCancelled: login === 'cancelled' })
    return authorize(flow, { source, subject, network, showsPages: isWholePage(request) })
  }

  /** Cross-site forms bring no cookies (`SameSite=Lax`), so that the request is kept; a login token decides at once. */
  async function post(request: FastifyRequest): Promise<Outcome> {
    const source = requireForm(request)
    const network = networkOf(request.ip)
    if (!hasBearer(request)) {
      if (isWholePage(request)) return keep(flow, { source, network })
      return authorize(flow, { source, network, subject: await subjectOf(request), showsPages: false })
    }
    const { decision } = readQuery(source)
    if (decision !== undefined && decision !== 'allow' && decision !== 'deny') {
      throw new OAuthError('invalid_request', 'decision must be allow or deny')
    }
    const subject = await subjectOfBearer(accounts, request)
    return authorize(flow, { source, network, subject, decision, showsPages: false })
  }

  async function subjectOf(request: FastifyRequest): Promise<Subject | undefined> {
    return hasBearer(request) ? subjectOfBearer(accounts, request) : subjectOfSession(request.caller)
  }

  const route =
    (work: (request: FastifyRequest) => Promise<Outcome>) => async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        return sendOutcome(deps, request, reply, await work(request))
      } catch (error) {
        if (error instanceof OAuthError) return sendRefusal(deps, request, reply, error)
        throw error
      }
    }

  server.get('/authorize', { exposeHeadRoute: false }, route(ask))
  server.post('/authorize', route(post))
}

/**
 * Whether what comes back is shown as a page of its own (Fetch Metadata, `Sec-Fetch-Dest`; programs do not send it).
 * Pages of ours are in no frame (RFC 9700 §4.16), so that a request out of one is answered at once, as by `prompt=none`.
 * Nor does it begin anything: pictures of any page would use up what the network of whoever looks at it may begin.
 */
function isWholePage({ headers }: FastifyRequest): boolean {
  const destination = headers['sec-fetch-dest']
  return destination === undefined || destination === 'document'
}

function readQuery(source: unknown): Readonly<Record<string, unknown>> {
  return typeof source === 'object' && source !== null ? { ...source } : {}
}
