import type { Kysely } from 'kysely'
import type { AuthorizationRequest } from '../checks/check-request.ts'
import type { Client } from '../clients/client.ts'
import { GATEWAY_CLIENT } from '../clients/gateway-client-id.ts'
import type { Subject } from '../flow/subject.ts'
import { addConsent, listConsents } from '../store/consent.ts'
import type { AuthorizationTables } from '../store/tables.ts'

type Asked = Pick<AuthorizationRequest, 'client' | 'redirectUri' | 'resources' | 'scopes'>

/**
 * Whether this person need not be asked: the client is their own (interfaces, "Clients"), an administrator made and
 * verified it as part of the house (`consent_required: false`), or they allowed all of this before.
 *
 * A login token of theirs in the hands of a program is their word for their own client: it gets no page to ask on.
 */
export async function hasConsent(
  tables: Kysely<AuthorizationTables>,
  request: Asked,
  subject: Subject,
): Promise<boolean> {
  const { client, resources, scopes } = request
  // It is this server that asks, at an address that this server answers: there is nobody else to be told anything.
  if (client.id === GATEWAY_CLIENT) return true
  const isOwn = client.ownerId === subject.ownerId
  if (isOwn && subject.sessionId === undefined) return true
  if (!isRemembered(request)) return false
  // Access that outlives the visit is asked about whoever asks (OpenID Connect Core §11), until it is remembered.
  if ((isOwn || isOfTheHouse(client)) && !scopes.includes('offline_access')) return true
  const consents = await listConsents(tables, { ownerId: subject.ownerId, clientId: client.id })
  return resources.every((resource) => {
    const given = consents.find((consent) => consent.resource === resource)
    return given !== undefined && scopes.every((scope) => given.scopes.includes(scope))
  })
}

/** Notes what a person allowed, where that will be asked for. */
export async function rememberConsent(
  tables: Kysely<AuthorizationTables>,
  request: Asked,
  subject: Subject,
): Promise<void> {
  if (!isRemembered(request)) return
  const { client, resources, scopes } = request
  await addConsent(tables, { ownerId: subject.ownerId, clientId: client.id, resources, scopes })
}

/**
 * Only https proves whose address it is. Any program on the machine can listen on loopback, or claim a private scheme,
 * and say that it is the client: it is asked about every time (RFC 8252 §8.6, ASVS 5.0, 10.7.1).
 */
function isRemembered({ redirectUri }: Asked): boolean {
  return redirectUri.startsWith('https:')
}

/** A change of the registration takes the mark away, so that whoever holds its token cannot turn the waiver on others. */
function isOfTheHouse({ consentRequired, isVerified }: Client): boolean {
  return !consentRequired && isVerified
}
