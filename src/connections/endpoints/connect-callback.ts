import type { FastifyInstance, FastifyReply } from 'fastify'
import { handleCallback } from '../flow/callback.ts'
import { CALLBACK_PARAMETERS } from '../flow/callback-parameters.ts'
import type { EndpointDeps } from './deps.ts'

/** `GET|POST /connect/:provider/callback`, and the further path of the settings: where providers send the browser back. */
export function callbackRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  for (const provider of deps.registry.all) {
    for (const path of provider.callbackPaths) {
      server.get(path, async (request, reply) => {
        keepCodeFromLeaking(reply)
        const next = await handleCallback(deps.flow, provider, { query: request.query, caller: request.caller })
        return reply.redirect(next, 303)
      })

      // A cross-site POST comes without the Lax cookie; the GET that it is turned into has it.
      server.post(path, async (request, reply) => {
        keepCodeFromLeaking(reply)
        return reply.redirect(`${path}?${knownParameters(request.body)}`, 303)
      })
    }
  }
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
