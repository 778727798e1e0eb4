import { codeChallenge, randomToken } from '#crypto'
import type { Done } from '../visits/visits.ts'
import type { PlannedRequest } from '../wire/planned-request.ts'
import { SCOPES } from './client.ts'
import { type Fields, type NotYet, type StepContext, typed } from './step.ts'

type Own = NonNullable<Done['own']>

/** `GET /authorize` (RFC 6749 §4.1.1, RFC 7636 §4.3), and what only the client knows of it. */
export function authorize(
  fields: Fields,
  { facts, callback }: StepContext,
): (PlannedRequest & { readonly own: Own }) | NotYet {
  if (!facts.client) return { first: 'Register a client first.' }
  const own = { state: randomToken(), verifier: randomToken(), nonce: randomToken() }
  const prompt = typed(fields, 'prompt')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: facts.client.id,
    redirect_uri: callback,
    scope: typed(fields, 'scope').trim() || SCOPES.join(' '),
    state: own.state,
    nonce: own.nonce,
    code_challenge: codeChallenge(own.verifier),
    code_challenge_method: 'S256',
    ...(prompt === '' ? {} : { prompt }),
    ...(facts.username === undefined || prompt === 'none' ? {} : { login_hint: facts.username }),
  })
  return { method: 'GET', path: `/authorize?${query}`, own }
}

/** The same by a program that holds the login token of whoever registered the client: the code comes at once. */
export function authorizeByToken(fields: Fields, context: StepContext): ReturnType<typeof authorize> {
  const planned = authorize(fields, context)
  const { loginToken } = context.facts
  if ('first' in planned) return planned
  if (loginToken === undefined) return { first: 'Get a login token first.' }
  return { ...planned, headers: { authorization: `Bearer ${loginToken}`, accept: 'application/json' } }
}
