import type { Steps } from '../visits/visits.ts'
import { headerOf, jsonOf, textOf } from '../wire/exchange.ts'

export type KnownClient = {
  readonly id: string
  readonly secret: string | undefined
  readonly method: string
  readonly registrationToken: string | undefined
}

export type KnownTokens = {
  readonly access: string
  readonly id: string | undefined
  readonly refresh: string | undefined
  /** Of a refresh: the ID token carries no nonce then (OpenID Connect Core §12.2). */
  readonly areRenewed: boolean
}

/** What is known after the steps that were done: read out of their answers, as an app would. */
export type Facts = {
  readonly username: string | undefined
  readonly loginToken: string | undefined
  /** The last sign-in asked for a one-time code. */
  readonly otpRequired: boolean
  readonly client: KnownClient | undefined
  readonly asked: { readonly state: string; readonly verifier: string; readonly nonce: string } | undefined
  readonly code: string | undefined
  /** Why no code came. */
  readonly refusal: string | undefined
  readonly tokens: KnownTokens | undefined
}

export function factsOf(steps: Steps): Facts {
  const login = steps.get('login')?.exchange
  const asked = steps.get('authorize')?.own
  const came = answerParameters(steps)
  const isOurs = came !== undefined && came.get('state') === asked?.state
  return {
    username: memberOfBody(login?.request.body) ?? memberOfBody(steps.get('register')?.exchange.request.body),
    loginToken: textOf(login?.answer, 'token'),
    otpRequired: textOf(login?.answer, 'error') === 'otp_required',
    client: clientOf(steps),
    asked,
    code: (isOurs ? came.get('code') : undefined) ?? undefined,
    refusal: (isOurs ? came.get('error') : undefined) ?? undefined,
    tokens: tokensOf(steps),
  }
}

/** Of the address that the client was sent back to: by the browser, or as the answer to a login token. */
function answerParameters(steps: Steps): URLSearchParams | undefined {
  const answer = steps.get('authorize')?.exchange.answer
  const address = steps.get('callback')?.exchange.request.url ?? headerOf(answer, 'location')
  return address !== undefined && URL.canParse(address) ? new URL(address).searchParams : undefined
}

function clientOf(steps: Steps): KnownClient | undefined {
  const answer = steps.get('client')?.exchange.answer
  const id = textOf(answer, 'client_id')
  if (id === undefined || steps.get('remove')?.exchange.answer?.status === 204) return undefined
  return {
    id,
    secret: textOf(answer, 'client_secret'),
    method: textOf(answer, 'token_endpoint_auth_method') ?? 'none',
    registrationToken: textOf(answer, 'registration_access_token'),
  }
}

/** Those of the last refresh, where one succeeded; an ID token it did not bring is still that of the code. */
function tokensOf(steps: Steps): KnownTokens | undefined {
  const first = steps.get('token')?.exchange.answer
  const renewed = steps.get('refresh')?.exchange.answer
  const last = textOf(renewed, 'access_token') === undefined ? first : renewed
  const access = textOf(last, 'access_token')
  if (access === undefined) return undefined
  return {
    access,
    id: textOf(last, 'id_token') ?? textOf(first, 'id_token'),
    refresh: textOf(last, 'refresh_token') ?? textOf(first, 'refresh_token'),
    areRenewed: last === renewed,
  }
}

function memberOfBody(body: string | undefined): string | undefined {
  const username = jsonOf({ status: 0, headers: [], body: body ?? '' })['username']
  return typeof username === 'string' ? username : undefined
}
