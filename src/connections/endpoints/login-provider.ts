import type { FastifyInstance } from 'fastify'
import { signInFirst } from '#accounts'
import { formFields, limited } from '#http'
import { problem } from '../errors.ts'
import { beginSignIn } from '../flow/sign-in.ts'
import type { Provider } from '../provider/provider.ts'
import { requireProvider } from '../provider/require-provider.ts'
import type { EndpointDeps } from './deps.ts'
import { SIGN_IN_LIMIT } from './sign-in-limit.ts'

type Params = { Params: { provider: string } }

/**
 * `POST /login/:provider`: signs in with an account elsewhere. `POST /account/identities/:id`, the id of a provider: links one to the
 * user who is signed in. Both ask the provider who somebody is, and for nothing else.
 */
export function signInRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  const config = limited(SIGN_IN_LIMIT)
  server.post<Params>('/login/:provider', { config }, async (request, reply) => {
    const provider = requireSignIn(deps, request.params.provider)
    // Login CSRF (security §6): a page of somebody else begins no sign-in.
    deps.csrf.require(request)
    const paths = deps.accounts.identities.signInPaths(formFields(request.body))
    const caller = await deps.accounts.ensureOwner(request, reply)
    return reply.redirect(await beginSignIn(deps.flow, provider, { purpose: 'login', caller, ...paths }), 303)
  })

  const own = '/account/identities'
  // The router has one name for what stands there, and the identity to unlink has it already.
  server.post<{ Params: { id: string } }>(`${own}/:id`, { config }, async (request, reply) => {
    const provider = requireSignIn(deps, request.params.id)
    deps.csrf.require(request)
    const { caller } = request
    if (!caller?.user) return reply.redirect(signInFirst(own), 303)
    // Security §10.9: a sign-in of the last five minutes, and then the way to the provider and back in this session.
    const first = await deps.accounts.confirmFirst(request, `${own}?notice=confirmed`)
    if (first !== undefined) return reply.redirect(first, 303)
    const paths = { returnTo: own, deniedTo: own }
    return reply.redirect(await beginSignIn(deps.flow, provider, { purpose: 'link', caller, ...paths }), 303)
  })
}

/** @throws Problem `provider_unknown`, `provider_not_set_up`, `sign_in_not_offered` */
function requireSignIn(deps: EndpointDeps, id: string): Provider {
  const provider = requireProvider(deps.registry, id)
  if (provider.source === 'unset' || deps.connections.signInProviders.some((offered) => offered.id === id)) {
    return provider
  }
  throw problem('sign_in_not_offered', 'Sign in in another way.')
}
