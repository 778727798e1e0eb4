import type { AskingApp } from '#accounts'
import { hashSecret } from '#crypto'
import { checkPlace } from '../checks/check-place.ts'
import { destinationOf } from '../clients/destination.ts'
import { GATEWAY_CLIENT } from '../clients/gateway-client-id.ts'
import { OAuthError } from '../errors.ts'
import { findInteraction } from '../store/interaction.ts'
import type { FlowDeps } from './deps.ts'

/**
 * The app that a request on its way through sign-in is of, with its name as it is now. Nothing else of the request is
 * told: whoever has the link has no part in it yet.
 *
 * @returns undefined when it is over, or goes nowhere any more: `/authorize` says so afterwards
 */
export async function findAskingApp(
  { tables, findClient }: Pick<FlowDeps, 'tables' | 'findClient'>,
  interaction: string,
): Promise<AskingApp | undefined> {
  const found = await findInteraction(tables, hashSecret(interaction))
  // What a document would say of itself is fetched for people who are signed in only.
  if (!found || found.clientId === null) return undefined
  try {
    const { client, redirectUri } = await checkPlace(found.request, findClient)
    const { name, isVerified } = client
    // To people the app is what stands behind the route: its host says which.
    if (client.id === GATEWAY_CLIENT) return { name: undefined, destination: new URL(redirectUri).host, isVerified }
    return { name, destination: destinationOf(redirectUri).place, isVerified }
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}
