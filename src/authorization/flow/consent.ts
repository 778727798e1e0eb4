import { hashSecret } from '#crypto'
import { checkPlace } from '../checks/check-place.ts'
import { type AuthorizationRequest, checkRequest } from '../checks/check-request.ts'
import { rememberConsent } from '../consents/consents.ts'
import { OAuthError } from '../errors.ts'
import { decideInteraction } from '../store/interaction.ts'
import { type Outcome, respondCode, respondError, tellClient } from './authorize.ts'
import type { FlowDeps } from './deps.ts'
import { digestOf, requireInteraction } from './interactions.ts'
import type { Subject } from './subject.ts'

/** What a consent page shows. */
export type Question = { readonly kind: 'ask'; readonly request: AuthorizationRequest; readonly interaction: string }

/**
 * The question of an interaction, for the person and session that it was put to; anybody else is sent back to where
 * that is settled.
 *
 * @throws OAuthError to be shown
 */
export async function findQuestion(
  deps: FlowDeps,
  asked: { id: unknown; subject: Subject },
): Promise<Question | Outcome> {
  const interaction = await requireInteraction(deps.tables, asked.id)
  const id = String(asked.id)
  const place = await checkPlace(interaction.request, deps.findClient)
  return tellClient<Question | Outcome>(deps, place, async () => {
    const request = checkRequest(interaction.request, place, deps.rules)
    const isHere = interaction.sessionId === asked.subject.sessionId
    const isShown = interaction.shownHash?.equals(digestOf(request, asked.subject)) ?? false
    return isHere && isShown ? { kind: 'ask', request, interaction: id } : backTo(id)
  })
}

/**
 * What was answered. It counts for the session, the client and the request of the interaction's row alone: another tab
 * with another question has another row (security.md §6).
 *
 * @throws OAuthError to be shown
 */
export async function decide(
  deps: FlowDeps,
  answered: { id: unknown; subject: Subject; decision: 'allow' | 'deny' },
): Promise<Outcome> {
  const found = await findQuestion(deps, answered)
  if (found.kind !== 'ask') return found
  const { request, interaction } = found
  const { subject, decision } = answered
  const isDecided =
    subject.sessionId !== undefined &&
    (await decideInteraction(deps.tables, {
      idHash: hashSecret(interaction),
      sessionId: subject.sessionId,
      shownHash: digestOf(request, subject),
    }))
  if (!isDecided) return backTo(interaction)
  if (decision === 'deny') return respondError(deps, request, new OAuthError('access_denied', 'The person said no'))
  await rememberConsent(deps.tables, request, subject)
  return respondCode(deps, request, subject)
}

function backTo(interaction: string): Outcome {
  return { kind: 'go', path: `/authorize?${new URLSearchParams({ interaction })}` }
}
