import { setTimeout as sleep } from 'node:timers/promises'
import { Secret } from '#base'
import { hashSecret } from '#crypto'
import type { Caller } from '#http'
import { problem } from '../errors.ts'
import { isOurFault, needsPerson, type OAuthErrorCode, parseOAuthError } from '../oauth/oauth-refusal.ts'
import type { Provider } from '../provider/provider.ts'
import {
  type AuthorizationRequest,
  consumeAuthorizationRequest,
  findRequestByState,
  finishAuthorizationRequest,
  type PastRequest,
} from '../store/authorization-request.ts'
import { announce } from './announce.ts'
import { askAgain } from './ask-again.ts'
import { type CallbackParameters, parseCallbackParameters } from './callback-parameters.ts'
import { complete } from './complete.ts'
import type { FlowDeps } from './deps.ts'
import { type ConnectErrorCode, outcomePath } from './outcome.ts'
import { type Arrive, completeSignIn } from './sign-in.ts'
import { withOutcome } from './with-outcome.ts'

/**
 * The provider's answer, checked in the order below.
 *
 * @returns the path to go to next, always another one, so that no page is ever shown at an address that holds a code.
 * @throws Problem for an answer that does not belong to a sign-in of this browser; nothing is stored then.
 */
export async function handleCallback(
  deps: FlowDeps,
  provider: Provider,
  received: {
    readonly query: unknown
    readonly caller: Caller | null
    /** For whom signs in by it. */
    readonly arrive: Arrive
  },
): Promise<string> {
  const parameters = requireSingleParameters(provider, received.query)
  const state = requireState(provider, parameters)
  const request = await consumeState(deps, provider, { state, caller: received.caller })
  if (!request) return explainUnusableState(deps, provider, { state, caller: received.caller })
  return (
    (await checkIssuer(deps, provider, { request, parameters })) ??
    (await checkError(deps, provider, { request, parameters })) ??
    (await checkCode(deps, provider, { request, parameters })) ??
    goOn(deps, provider, request, { code: new Secret(parameters.code ?? ''), arrive: received.arrive })
  )
}

/** What the answer is for was fixed when the browser left (security §10.7); nothing in the answer can change it. */
function goOn(
  deps: FlowDeps,
  provider: Provider,
  request: AuthorizationRequest,
  { code, arrive }: { readonly code: Secret; readonly arrive: Arrive },
): Promise<string> {
  if (request.purpose === 'connect') return complete(deps, provider, request, code)
  return completeSignIn(deps, provider, { request, code, arrive })
}

type Step = { readonly request: AuthorizationRequest; readonly parameters: CallbackParameters }

/** RFC 6749 §3.1: parameters must not be included more than once. */
function requireSingleParameters(provider: Provider, query: unknown): CallbackParameters {
  const parameters = parseCallbackParameters(query)
  if (parameters) return parameters
  const { name } = provider.definition
  throw problem('callback_malformed', `The answer from ${name} says something twice, so it was not used. Start again.`)
}

/** RFC 6749 §10.12, RFC 9700 §4.7: an answer without our state is nobody's. */
function requireState(provider: Provider, { state }: CallbackParameters): string {
  if (state !== undefined) return state
  const { name } = provider.definition
  throw problem(
    'callback_malformed',
    `This address takes answers from ${name}, and there is none here. Connect an account from the page of connections.`,
  )
}

/** Single use, this browser session, this owner, this provider and issuer, not expired: one statement decides. */
async function consumeState(
  deps: FlowDeps,
  provider: Provider,
  { state, caller }: { readonly state: string; readonly caller: Caller | null },
): Promise<AuthorizationRequest | undefined> {
  if (!caller) return undefined
  return consumeAuthorizationRequest(deps.tables, {
    stateHash: hashSecret(state),
    sessionId: caller.sessionId,
    ownerId: caller.ownerId,
    provider: provider.definition.id,
    issuer: provider.config.issuer,
  })
}

/** RFC 9207 §2.4: when `iss` is there, it is the issuer that was asked, character by character. */
async function checkIssuer(deps: FlowDeps, provider: Provider, { request, parameters }: Step) {
  if (parameters.iss === undefined || parameters.iss === provider.config.issuer) return undefined
  return endWith(deps, provider, request, 'wrong_issuer')
}

/** RFC 6749 §4.1.2.1. */
async function checkError(deps: FlowDeps, provider: Provider, { request, parameters }: Step) {
  if (parameters.error === undefined) return undefined
  const error = parseOAuthError(parameters.error)
  deps.log.info({ provider: provider.definition.id, error }, 'A provider refused a sign-in')
  if (error === 'access_denied') {
    await finishAuthorizationRequest(deps.tables, { id: request.id, outcome: 'denied' })
    return withOutcome(request.deniedTo, 'denied', provider.definition.id)
  }
  // Only a sign-in that was to go unseen is refused with these (OpenID Connect Core §3.1.2.6): the grant is gone there.
  if (provider.definition.silent && !request.forcedConsent && needsPerson(error)) {
    return askAgain(deps, provider, request, undefined)
  }
  return endWith(deps, provider, request, meaningOf(error))
}

async function checkCode(deps: FlowDeps, provider: Provider, { request, parameters }: Step) {
  return parameters.code === undefined ? endWith(deps, provider, request, 'provider_unavailable') : undefined
}

function meaningOf(error: OAuthErrorCode): ConnectErrorCode {
  if (isOurFault(error)) return 'provider_misconfigured'
  switch (error) {
    case 'redirect_uri_mismatch':
      return 'redirect_uri_refused'
    case 'server_error':
    case 'temporarily_unavailable':
    case 'internal_failure':
      return 'provider_unavailable'
    default:
      return 'provider_refused'
  }
}

async function endWith(
  deps: FlowDeps,
  provider: Provider,
  request: AuthorizationRequest,
  code: ConnectErrorCode,
): Promise<string> {
  const { purpose } = request
  deps.log.warn({ provider: provider.definition.id, purpose, code }, 'An answer could not be used')
  await finishAuthorizationRequest(deps.tables, { id: request.id, outcome: code })
  return outcomePath(request)
}

/** How long a second copy of a callback waits for what the first one brings: a person looks at a blank tab meanwhile. */
const TWIN_MS = 3000
const TWIN_POLL_MS = 100

/** Why the state was not taken: another browser, used before, too late, or never ours. */
async function explainUnusableState(
  deps: FlowDeps,
  provider: Provider,
  { state, caller }: { readonly state: string; readonly caller: Caller | null },
): Promise<string> {
  const { id, name } = provider.definition
  const find = () => findRequestByState(deps.tables, { stateHash: hashSecret(state), provider: id })
  const past = await find()
  if (!past || past.issuer !== provider.config.issuer) {
    throw problem(
      'callback_unknown',
      `No sign-in at ${name} is waiting for this answer: it is long over, or was never begun here. Nothing was stored. Start again.`,
    )
  }
  // The session that it was begun in is over since the first copy signed somebody in. This gives no right to anything.
  if (past.outcome === 'signed_in') return past.returnTo
  if (!isOwn(past, caller)) {
    throw problem(
      'callback_other_browser',
      `This sign-in at ${name} was begun in another browser, or by somebody else. Nothing was stored. If it was you, go back to that browser, or start again in this one. If somebody sent you a link, do not use it.`,
    )
  }
  if (!past.isUsed) return withOutcome(past.deniedTo, 'expired', id)
  // A reload, or a browser that asks twice: the first one may still be at work.
  const settled = past.outcome === null ? await deps.twins(past.id, () => outcomeOfTwin(find)) : past
  return settled ? replayed(deps, provider, settled) : past.deniedTo
}

async function outcomeOfTwin(find: () => Promise<PastRequest | undefined>): Promise<PastRequest | undefined> {
  const end = performance.now() + TWIN_MS
  for (;;) {
    await sleep(TWIN_POLL_MS)
    const past = await find()
    if (past?.outcome !== null || performance.now() >= end) return past
  }
}

async function replayed(deps: FlowDeps, provider: Provider, past: PastRequest): Promise<string> {
  if (past.outcome === 'connected') {
    // The first time may have been cut short after storing.
    if (past.connectionId !== null) await announce(deps, past.ownerId, past.connectionId)
    return past.returnTo
  }
  if (past.outcome === 'signed_in') return past.returnTo
  if (past.outcome === 'denied') return withOutcome(past.deniedTo, 'denied', provider.definition.id)
  return outcomePath(past)
}

function isOwn(past: PastRequest, caller: Caller | null): boolean {
  return caller !== null && past.sessionId === caller.sessionId && past.ownerId === caller.ownerId
}
