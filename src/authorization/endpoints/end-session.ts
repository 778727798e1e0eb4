import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Caller, type Csrf, HTTP_PROBLEMS, Problem } from '#http'
import type { Pages } from '#ui'
import type { Client } from '../clients/client.ts'
import { OAuthError } from '../errors.ts'
import { responseUrl } from '../flow/response.ts'
import { loggedOutPage, logoutPage } from '../pages/logout-pages.tsx'
import { type Params, readParameters } from '../parameters.ts'
import type { Tokens } from '../tokens/tokens.ts'

export type EndSessionDeps = {
  readonly accounts: { signOut(request: FastifyRequest, reply: FastifyReply): Promise<void> }
  readonly csrf: Pick<Csrf, 'isGenuine'>
  readonly pages: Pages
  readonly tokens: Pick<Tokens, 'readIdTokenHint'>
  readonly findClient: (id: string) => Promise<Client | undefined>
  readonly issuer: string
}

/** Who asks for the logout, as far as that is known. */
type Asked = {
  readonly client: Client | undefined
  /** Registered, exactly, by the client that the hint is for. */
  readonly returnTo: string | undefined
  /** The hint is about the session of this browser. */
  readonly isOfThisSession: boolean
}

const problem = Problem.from(HTTP_PROBLEMS)
const PARAMETERS = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'logout_hint', 'ui_locales']

/**
 * `GET|POST /end_session` (OpenID Connect RP-Initiated Logout §2). At once, and back to the client, only for an ID token
 * of this very session and an address that its client registered; everybody else is asked and led nowhere (§2, §6:
 * any site could sign people out, or send them on).
 */
export function endSessionEndpoint(server: FastifyInstance, deps: EndSessionDeps): void {
  server.get('/end_session', async (request, reply) => {
    const params = read(request.query)
    const asked = await whoAsks(deps, params, request.caller)
    const page = deps.pages.context(request, reply)
    const client = asked.returnTo === undefined ? undefined : backLink(asked.returnTo, params['state'], asked.client)
    if (!request.caller?.user) return deps.pages.send(reply, loggedOutPage({ page, client }))
    if (asked.isOfThisSession && client) {
      await deps.accounts.signOut(request, reply)
      return reply.redirect(client.href, 303)
    }
    const { username } = request.caller.user
    return deps.pages.send(reply, logoutPage({ page, username, client: asked.client?.name }))
  })

  server.post('/end_session', async (request, reply) => {
    const params = read(request.body)
    // From another site: without the cookie, which is Lax. The browser comes back with it, by GET.
    if (!('csrf' in params)) return reply.redirect(again(params), 303)
    if (request.caller?.user) {
      if (!deps.csrf.isGenuine(request, params['csrf'])) return reply.redirect(again(params), 303)
      await deps.accounts.signOut(request, reply)
    }
    return deps.pages.send(reply, loggedOutPage({ page: deps.pages.context(request, reply), client: undefined }))
  })
}

function read(source: unknown): Params {
  try {
    return readParameters(source)
  } catch (error) {
    if (error instanceof OAuthError) throw problem('bad_request', `${error.description}.`, { cause: error })
    throw error
  }
}

async function whoAsks(deps: EndSessionDeps, params: Params, caller: Caller | null): Promise<Asked> {
  const { id_token_hint: token, client_id: clientId, post_logout_redirect_uri: address } = params
  const hint = token === undefined ? undefined : await deps.tokens.readIdTokenHint(token)
  // §2: when both are there, they are of one client.
  const known = hint && (clientId === undefined || clientId === hint.aud) ? hint : undefined
  const client = known && (await deps.findClient(known.aud))
  return {
    client,
    returnTo: address !== undefined && client?.postLogoutRedirectUris.includes(address) ? address : undefined,
    isOfThisSession:
      known !== undefined &&
      caller?.user?.sid === known.sid &&
      caller?.user?.publicId === known.sub &&
      client !== undefined,
  }
}

/** §3: `state` goes back as it came. */
function backLink(address: string, state: string | undefined, client: Client | undefined) {
  const place = { redirectUri: address, responseMode: 'query' } as const
  const href = state === undefined ? address : responseUrl({ place, parameters: { state } })
  return { href, name: client?.name ?? address }
}

function again(params: Params): string {
  const known = PARAMETERS.flatMap((name) => {
    const value = params[name]
    return value === undefined ? [] : [[name, value]]
  })
  return `/end_session${known.length === 0 ? '' : `?${new URLSearchParams(known)}`}`
}
