import type { FastifyInstance } from 'fastify'
import { formFields } from '#http'
import { playgroundPage } from '../pages/playground-page.tsx'
import { decodeTokens } from '../steps/decode.ts'
import { factsOf } from '../steps/facts.ts'
import { STEP_NAMES } from '../steps/names.ts'
import type { EndpointDeps } from './deps.ts'

/** Only codes are taken from the address, so that nobody writes on this page by a link. */
const NOTICES = new Map([
  ['forgotten', 'All that was kept of this playground is deleted. Accounts and clients stay.'],
  ['not_ours', 'An answer came that no request of this page asked for; it was not taken.'],
  ['not_yet', 'Something has to be done first: the steps go from the top to the bottom.'],
])

/** `GET /playground`: every step with what went over the wire. */
export function playgroundRoute(server: FastifyInstance, deps: EndpointDeps): void {
  server.get('/playground', async (request, reply) => {
    const visit = await deps.visits.find(request)
    const steps = visit === undefined ? new Map() : await deps.visits.steps(visit)
    const facts = factsOf(steps)
    const query = formFields(request.query)
    const here = { issuer: deps.publicUrl, now: deps.clock.now() }
    const page = playgroundPage({
      ...{ page: deps.pages.context(request, reply), steps, facts, issuer: deps.publicUrl },
      decoded: await decodeTokens(steps, facts, here),
      shown: STEP_NAMES.find((name) => name === query['step']) ?? STEP_NAMES.findLast((name) => steps.has(name)),
      signedInAs: request.caller?.user?.username,
      status: NOTICES.get(query['notice'] ?? ''),
    })
    return deps.pages.send(reply, page)
  })
}
