import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { StartError } from '#base'
import { limited } from '#http'
import { handleCallback } from '../flow/callback.ts'
import { CALLBACK_PARAMETERS } from '../flow/callback-parameters.ts'
import type { Provider } from '../provider/provider.ts'
import type { EndpointDeps } from './deps.ts'
import { SIGN_IN_LIMIT } from './sign-in-limit.ts'

/**
 * `GET|POST /connect/:provider/callback`, and the further path of the settings: where providers send the browser back.
 * That one may be a path where a form lives already (`/get_avatar`): then only answers are taken there.
 *
 * @throws StartError when two providers are to answer at one path
 */
export function callbackRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const taken = new Set<string>()
  for (const provider of deps.registry.all) {
    for (const path of provider.callbackPaths) {
      // One redirect URI per provider, so that the answer of one is never taken for another's (RFC 9700 §4.4.2.2).
      if (taken.has(path)) throw new StartError(`Two providers are to send people back to ${path}: each needs its own.`)
      taken.add(path)
      const answer = (request: FastifyRequest, reply: FastifyReply) => answerCallback(deps, provider, request, reply)
      if (server.hasRoute({ method: 'GET', url: path })) {
        takeAnswersAt(server, path, answer)
        continue
      }
      const config = limited(SIGN_IN_LIMIT)
      server.get(path, { config }, answer)
      // A cross-site POST comes without the Lax cookie; the GET that it is turned into has it.
      server.post(path, { config }, async (request, reply) => {
        keepCodeFromLeaking(reply)
        return reply.redirect(`${path}?${knownParameters(request.body)}`, 303)
      })
    }
  }
}

async function answerCallback(deps: EndpointDeps, provider: Provider, request: FastifyRequest, reply: FastifyReply) {
  keepCodeFromLeaking(reply)
  const { identities } = deps.accounts
  const next = await handleCallback(deps.flow, provider, {
    query: request.query,
    caller: request.caller,
    arrive: ({ purpose, identity, deniedTo }) =>
      purpose === 'link'
        ? identities.link(request, reply, identity)
        : identities.login(request, reply, { identity, deniedTo }),
  })
  return reply.redirect(next, 303)
}

type Answer = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** In front of a route that is there already, whose own requests bring none of this. */
function takeAnswersAt(server: FastifyInstance, path: string, answer: Answer): void {
  const haste = server.rateLimit(limited(SIGN_IN_LIMIT).rateLimit)
  server.addHook('preHandler', async (request, reply) => {
    if (request.method !== 'GET' || request.routeOptions.url !== path || !isAnswer(request.query)) return
    await haste.call(server, request, reply)
    return answer(request, reply)
  })
}

/** RFC 6749 §4.1.2 and §4.1.2.1: an answer has one of these, and `state` always, as we send one. */
function isAnswer(query: unknown): boolean {
  return (
    typeof query === 'object' && query !== null && ['state', 'code', 'error'].some((name) => Object.hasOwn(query, name))
  )
}

/** RFC 9700 §4.2.4: what is shown at this address, an error at most, must not hand its address on. */
function keepCodeFromLeaking(reply: FastifyReply): void {
  reply.header('referrer-policy', 'no-referrer')
}

function knownParameters(body: unknown): URLSearchParams {
  const all: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  const pairs = CALLBACK_PARAMETERS.flatMap((name) =>
    // Sent twice it stays twice, and is refused there.
    [all[name]].flat().flatMap((value) => (typeof value === 'string' ? [[name, value]] : [])),
  )
  return new URLSearchParams(pairs)
}
