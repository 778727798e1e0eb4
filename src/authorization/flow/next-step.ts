import type { AuthorizationRequest } from '../checks/check-request.ts'
import { OAuthError } from '../errors.ts'
import { ACR, acrOf } from '../tokens/authentication.ts'
import type { Subject } from './subject.ts'

/** What has to happen before the answer. */
export type NextStep = 'sign_in' | 'register' | 'consent' | 'answer'

/** What is known beside the request. */
export type Facts = {
  readonly now: Date
  /** When the interaction began that this request goes on with; undefined for one that just came. */
  readonly since: Date | undefined
  /** `sub` of the `id_token_hint`. */
  readonly hintedSub: string | undefined
  /** Nothing in this request is new to this person, or they need not be asked. */
  readonly hasConsent: boolean
}

/**
 * OpenID Connect Core §3.1.2.3, §3.1.2.4. Pure.
 *
 * @throws OAuthError for what no page can mend
 */
export function nextStep(request: AuthorizationRequest, subject: Subject | undefined, facts: Facts): NextStep {
  if (!subject) return request.prompt.includes('create') && facts.since === undefined ? 'register' : 'sign_in'
  // Whoever proved who they are after the request came has done all that a prompt can ask of them.
  const isFresh = facts.since !== undefined && subject.authTime >= facts.since
  if (!isFresh && request.prompt.includes('create')) return 'register'
  if (needsSignIn(request, subject, { ...facts, isFresh })) return 'sign_in'
  if (!isExpected(request, subject, facts)) {
    if (!isFresh) return 'sign_in'
    throw new OAuthError('login_required', 'Somebody else signed in than was asked for')
  }
  if (!meetsAcr(request, subject)) {
    // Whoever has a second factor may not have shown it yet; whoever has shown all they have has no more.
    const mayHelp = !isFresh && !request.prompt.includes('none')
    if (mayHelp && acrsWanted(request).includes(ACR.severalFactors)) return 'sign_in'
    throw new OAuthError('unmet_authentication_requirements', 'The person cannot sign in in this way here')
  }
  if (request.prompt.includes('consent') || !facts.hasConsent) return 'consent'
  return 'answer'
}

/** Who asks for no time at all still gives a person the time to be sent back here. */
const JUST_NOW_SECONDS = 60

function needsSignIn(
  { prompt, maxAge }: AuthorizationRequest,
  { authTime }: Subject,
  { now, isFresh }: Facts & { readonly isFresh: boolean },
): boolean {
  if (!isFresh && (prompt.includes('login') || prompt.includes('select_account'))) return true
  if (maxAge === undefined) return false
  const most = isFresh ? Math.max(maxAge, JUST_NOW_SECONDS) : maxAge
  return now.getTime() - authTime.getTime() > most * 1000
}

/** §3.1.2.2, §5.5.1: "the Authorization Server MUST NOT reply … for a different user". */
function isExpected(request: AuthorizationRequest, subject: Subject, { hintedSub }: Facts): boolean {
  const claimed = request.claims?.id_token?.['sub']
  const wanted = [hintedSub, claimed?.value, ...(claimed?.values ? [claimed.values] : [])]
  return wanted.every((one) =>
    one === undefined ? true : Array.isArray(one) ? one.includes(subject.publicId) : one === subject.publicId,
  )
}

/**
 * §5.5.1.1: an `acr` that is asked for as essential is given, or nothing is; without values any one will do. Asked for
 * otherwise (`acr_values` too) it is a wish.
 */
function meetsAcr(request: AuthorizationRequest, { amr }: Subject): boolean {
  const wanted = acrsWanted(request)
  return wanted.length === 0 || wanted.includes(acrOf(amr))
}

function acrsWanted({ claims }: AuthorizationRequest): readonly unknown[] {
  const wish = claims?.id_token?.['acr']
  if (!wish?.essential) return []
  return [...(wish.value === undefined ? [] : [wish.value]), ...(wish.values ?? [])]
}

/** Where no page may or can be shown: what is missing, as an error (§3.1.2.6). @throws OAuthError */
export function refuseStep(step: Exclude<NextStep, 'answer'>): never {
  if (step === 'consent') throw new OAuthError('consent_required', 'The person has not allowed this yet')
  throw new OAuthError('login_required', 'The person has to sign in')
}
