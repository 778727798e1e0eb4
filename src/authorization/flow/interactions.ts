import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { hashSecret, randomToken } from '#crypto'
import type { AuthorizationRequest } from '../checks/check-request.ts'
import { OAuthError, problem } from '../errors.ts'
import { type Params, readResources } from '../parameters.ts'
import { countOne } from '../store/count.ts'
import { findInteraction, type Interaction, insertInteraction } from '../store/interaction.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import type { Subject } from './subject.ts'

/** What is kept of a request: the parameters that the checks read, to be checked again when it is taken up. */
const KEPT = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'prompt',
  'max_age',
  'claims',
  'login_hint',
  'id_token_hint',
] as const

/** Each is a row for half an hour, whoever asks: an office of many people has enough, a machine that asks without end has not. */
const PER_NETWORK = { most: 600, seconds: 600 }

/**
 * @param begun.clientId null for a client that can be known after sign-in only
 * @returns the id that stands in addresses from now on
 * @throws Problem `too_many_requests`, which is shown: it is the network's doing, and nothing the client could mend
 */
export async function beginInteraction(
  tables: Kysely<AuthorizationTables>,
  begun: {
    readonly clientId: string | null
    readonly params: Params
    readonly source: unknown
    readonly network: string
  },
): Promise<string> {
  const wait = await countOne(tables, `interaction from ${begun.network}`, PER_NETWORK)
  if (wait > 0) {
    const detail = `Too many sign-ins were begun from your network. Wait ${wait} seconds, then begin again.`
    throw problem('too_many_requests', detail, { retryAfter: wait })
  }
  const id = randomToken()
  const kept = KEPT.flatMap((name) => {
    const value = begun.params[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  await insertInteraction(tables, {
    idHash: hashSecret(id),
    clientId: begun.clientId,
    request: { ...Object.fromEntries(kept), resource: readResources(begun.source) },
  })
  return id
}

/** @throws OAuthError to be shown: it is over, or never was */
export async function requireInteraction(tables: Kysely<AuthorizationTables>, id: unknown): Promise<Interaction> {
  const found = typeof id === 'string' ? await findInteraction(tables, hashSecret(id)) : undefined
  if (found) return found
  throw new OAuthError('invalid_request', 'This sign-in is over. Go back to the application and begin again')
}

/** All of a request that a person decides about, themselves included: a decision counts for exactly this. */
export function digestOf(request: AuthorizationRequest, subject: Subject): Buffer {
  const { client, redirectUri, responseMode, state, scopes, resources, codeChallenge, nonce, claims } = request
  const said = { redirectUri, responseMode, state, scopes, resources, codeChallenge, nonce, claims }
  const decided = { client: client.id, name: client.name, person: subject.publicId, ...said }
  return createHash('sha256').update(JSON.stringify(decided)).digest()
}
