import { hashSecret } from '#crypto'
import { checkPlace, type ResponsePlace } from '../checks/check-place.ts'
import { type AuthorizationRequest, checkRequest } from '../checks/check-request.ts'
import { hasConsent, rememberConsent } from '../consents/consents.ts'
import { OAuthError } from '../errors.ts'
import { bindInteraction, closeInteraction, readClock } from '../store/interaction.ts'
import type { FlowDeps } from './deps.ts'
import { beginInteraction, digestOf, requireInteraction } from './interactions.ts'
import { issueCode } from './issue-code.ts'
import { type NextStep, nextStep, refuseStep } from './next-step.ts'
import { type AuthorizationResponse, codeResponse, errorResponse } from './response.ts'
import type { Subject } from './subject.ts'

/** What follows from a request: an answer to the client, or a page of this server. */
export type Outcome =
  | { readonly kind: 'respond'; readonly response: AuthorizationResponse }
  | { readonly kind: 'go'; readonly path: string }

/** A request as it came, or as it was kept meanwhile. */
type Asking = {
  readonly source: unknown
  readonly subject: Subject | undefined
  readonly interaction: { readonly id: string; readonly since: Date } | undefined
  /** Of somebody who speaks by a login token. */
  readonly decision: 'allow' | 'deny' | undefined
}

/**
 * A request to the authorization endpoint.
 *
 * @throws OAuthError to be shown where it came from: nothing says where else it could go
 */
export function authorize(
  deps: FlowDeps,
  asked: { source: unknown; subject: Subject | undefined; decision?: 'allow' | 'deny' | undefined },
): Promise<Outcome> {
  return answer(deps, { ...asked, interaction: undefined, decision: asked.decision })
}

/** The same after sign-in: everything is checked again, the client may have changed meanwhile. @throws OAuthError */
export async function resume(
  deps: FlowDeps,
  resumed: { id: unknown; subject: Subject | undefined; isCancelled: boolean },
): Promise<Outcome> {
  const { request: source, createdAt } = await requireInteraction(deps.tables, resumed.id)
  const id = String(resumed.id)
  if (!resumed.isCancelled) {
    const asking = { source, subject: resumed.subject, interaction: { id, since: createdAt }, decision: undefined }
    return answer(deps, asking)
  }
  const place = await checkPlace(source, deps.findClient)
  await closeInteraction(deps.tables, hashSecret(id))
  return respondError(deps, place, new OAuthError('access_denied', 'The person did not sign in'))
}

/** A request that came without cookies: kept, and gone on with where they are. @throws OAuthError */
export async function keep(deps: FlowDeps, source: unknown): Promise<Outcome> {
  const place = await checkPlace(source, deps.findClient)
  return tellClient(deps, place, async () => {
    const request = checkRequest(source, place, deps.rules)
    return { kind: 'go', path: pathTo('/authorize', await beginInteraction(deps.tables, request, source)) }
  })
}

async function answer(deps: FlowDeps, asking: Asking): Promise<Outcome> {
  const place = await checkPlace(asking.source, deps.findClient)
  return tellClient(deps, place, async () => {
    const request = checkRequest(asking.source, place, deps.rules)
    const { subject, decision } = asking
    if (decision === 'deny') throw new OAuthError('access_denied', 'The person said no')
    const step = await findStep(deps, request, asking)
    if (subject && (step === 'answer' || (step === 'consent' && decision === 'allow'))) {
      if (decision === 'allow') await rememberConsent(deps.tables, request, subject)
      if (asking.interaction) await closeInteraction(deps.tables, hashSecret(asking.interaction.id))
      return respondCode(deps, request, subject)
    }
    if (step === 'answer') throw new Error('There is no answer without a person')
    if (request.prompt.includes('none') || (subject && subject.sessionId === undefined)) return refuseStep(step)
    const id = asking.interaction?.id ?? (await beginInteraction(deps.tables, request, asking.source))
    if (step === 'consent' && subject?.sessionId !== undefined) {
      const shownHash = digestOf(request, subject)
      await bindInteraction(deps.tables, { idHash: hashSecret(id), sessionId: subject.sessionId, shownHash })
    }
    return { kind: 'go', path: pathTo(PAGES[step], id, request.loginHint) }
  })
}

async function findStep(deps: FlowDeps, request: AuthorizationRequest, asking: Asking): Promise<NextStep> {
  const { subject, interaction } = asking
  return nextStep(request, subject, {
    // The clock of the database: `auth_time` is of it too.
    now: request.maxAge === undefined ? new Date(0) : await readClock(deps.tables),
    since: interaction?.since,
    hintedSub: await readHint(deps, request.idTokenHint),
    hasConsent: subject !== undefined && (await hasConsent(deps.tables, request, subject)),
  })
}

async function readHint(deps: FlowDeps, token: string | undefined): Promise<string | undefined> {
  if (token === undefined) return undefined
  const claims = await deps.readIdTokenHint(token)
  if (!claims) throw new OAuthError('invalid_request', 'id_token_hint is no ID token of this server')
  return claims.sub
}

const PAGES = { sign_in: '/login', register: '/register', consent: '/consent' } as const

function pathTo(page: string, interaction: string, loginHint?: string): string {
  const hint = loginHint === undefined || page === '/consent' ? {} : { login_hint: loginHint }
  return `${page}?${new URLSearchParams({ interaction, ...hint })}`
}

/** From here on an error of the request is the client's to know. */
export async function tellClient<T>(
  deps: FlowDeps,
  place: ResponsePlace,
  work: () => Promise<T>,
): Promise<T | Outcome> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OAuthError) return respondError(deps, place, error)
    throw error
  }
}

export function respondError({ rules }: FlowDeps, place: ResponsePlace, error: OAuthError): Outcome {
  return { kind: 'respond', response: errorResponse(place, error, rules.issuer) }
}

export async function respondCode(deps: FlowDeps, request: AuthorizationRequest, subject: Subject): Promise<Outcome> {
  const code = await issueCode(deps, request, subject)
  return { kind: 'respond', response: codeResponse(request, code, deps.rules.issuer) }
}
