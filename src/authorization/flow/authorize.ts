import { hashSecret } from '#crypto'
import { checkPlace, type ResponsePlace, readClientId } from '../checks/check-place.ts'
import { type AuthorizationRequest, checkRequest } from '../checks/check-request.ts'
import { hasConsent, rememberConsent } from '../consents/consents.ts'
import { OAuthError } from '../errors.ts'
import { type Params, readParameters } from '../parameters.ts'
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
  /** Where it comes from, for limits. */
  readonly network: string
  /** Whether a page can be shown there: not in a frame, and not where a picture is loaded. */
  readonly showsPages: boolean
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
  asked: Pick<Asking, 'source' | 'subject' | 'network' | 'showsPages'> & Partial<Pick<Asking, 'decision'>>,
): Promise<Outcome> {
  return answer(deps, { ...asked, interaction: undefined, decision: asked.decision })
}

/** The same after sign-in: everything is checked again, the client may have changed meanwhile. @throws OAuthError */
export async function resume(
  deps: FlowDeps,
  resumed: { id: unknown; subject: Subject | undefined; network: string; isCancelled: boolean },
): Promise<Outcome> {
  const { request: source, createdAt, clientId } = await requireInteraction(deps.tables, resumed.id)
  const { subject, network } = resumed
  const id = String(resumed.id)
  if (!resumed.isCancelled) {
    const interaction = { id, since: createdAt }
    return answer(deps, { source, subject, network, interaction, showsPages: true, decision: undefined })
  }
  await closeInteraction(deps.tables, hashSecret(id))
  if (clientId === null) {
    throw new OAuthError('access_denied', 'You did not sign in, and without that the application is not looked up')
  }
  const place = await checkPlace(source, deps.findClient)
  return respondError(deps, place, new OAuthError('access_denied', 'The person did not sign in'))
}

/** A request that came without cookies: kept, and gone on with where they are. @throws OAuthError */
export async function keep(deps: FlowDeps, asked: { source: unknown; network: string }): Promise<Outcome> {
  const { source, network } = asked
  const goOn = async (clientId: string | null, params: Params): Promise<Outcome> => {
    const id = await beginInteraction(deps.tables, { clientId, params, source, network })
    return { kind: 'go', path: pathTo('/authorize', id) }
  }
  const prepared = await deps.documents.prepare(readClientId(source), { isSignedIn: false, network })
  if (prepared === 'sign_in_first') return goOn(null, readParameters(source))
  const place = await checkPlace(source, deps.findClient)
  return tellClient(deps, place, async () => goOn(place.client.id, checkRequest(source, place, deps.rules).params))
}

async function answer(deps: FlowDeps, asking: Asking): Promise<Outcome> {
  const visitor = { isSignedIn: asking.subject !== undefined, network: asking.network }
  const prepared = await deps.documents.prepare(readClientId(asking.source), visitor)
  if (prepared === 'sign_in_first') return signInFirst(deps, asking)
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
    const asksOnPages = asking.showsPages && !request.prompt.includes('none')
    if (!asksOnPages || (subject && subject.sessionId === undefined)) return refuseStep(step)
    const { params, client } = request
    const begun = { clientId: client.id, params, source: asking.source, network: asking.network }
    const id = asking.interaction?.id ?? (await beginInteraction(deps.tables, begun))
    if (step === 'consent' && subject?.sessionId !== undefined) {
      const shownHash = digestOf(request, subject)
      await bindInteraction(deps.tables, { idHash: hashSecret(id), sessionId: subject.sessionId, shownHash })
    }
    return { kind: 'go', path: pathTo(PAGES[step], id, request.loginHint) }
  })
}

/**
 * Until the client is known nothing of the request can be answered, an error neither: the first thing that can be wrong
 * is where it would go.
 */
async function signInFirst(deps: FlowDeps, asking: Asking): Promise<Outcome> {
  const { source, network, interaction } = asking
  const params = readParameters(source)
  const prompt = params['prompt']?.split(' ') ?? []
  if (prompt.includes('none') || !asking.showsPages) {
    throw new OAuthError('login_required', 'This application is looked up for people who are signed in')
  }
  const id = interaction?.id ?? (await beginInteraction(deps.tables, { clientId: null, params, source, network }))
  return {
    kind: 'go',
    path: pathTo(prompt.includes('create') && !interaction ? PAGES.register : PAGES.sign_in, id, params['login_hint']),
  }
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
  return tellClient(deps, request, async () => {
    const code = await issueCode(deps, request, subject)
    return { kind: 'respond', response: codeResponse(request, code, deps.rules.issuer) }
  })
}
