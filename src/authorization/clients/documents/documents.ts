import { createSingleFlight, describeError, type Log } from '#base'
import { hashSecret, randomToken } from '#crypto'
import type { Database } from '#database'
import type { Outbound } from '#outbound'
import { OAuthError } from '../../errors.ts'
import { findDocumentState, saveDocument } from '../../store/client-document.ts'
import { countOne } from '../../store/count.ts'
import type { AuthorizationTables } from '../../store/tables.ts'
import type { Directory } from '../directory.ts'
import { rightsOf } from '../metadata/rights.ts'
import type { RegistrationRules } from '../metadata/rules.ts'
import type { RecordChange } from '../record-change.ts'
import { isDocumentAddress } from './document-address.ts'
import { fetchDocument } from './fetch-document.ts'
import { readDocument } from './read-document.ts'

/** Clients whose id is the address of a document about them (OAuth Client ID Metadata Document). */
export type Documents = {
  /**
   * Sees to it that such a client can be looked up, and that what is known of it is not out of date. Other ids are
   * nothing to it. Nobody has this server call an address who is not signed in (security.md §10.14).
   *
   * @returns `sign_in_first`: it is not known yet, and may be after sign-in
   * @throws OAuthError `invalid_client`, with the same words for whatever went wrong
   */
  prepare(id: string, visitor: { readonly isSignedIn: boolean; readonly network: string }): Promise<Prepared>
}

export type Prepared = 'ready' | 'sign_in_first'

export type DocumentsDeps = Pick<RegistrationRules, 'issuer' | 'reservedNames' | 'appSchemes' | 'isKnownResource'> & {
  readonly database: Database
  readonly outbound: Pick<Outbound, 'send'>
  readonly directory: Pick<Directory, 'announce'>
  readonly log: Log
  readonly recordChange: RecordChange
  /** Whether such clients are taken at all. */
  readonly clientDocuments: boolean
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** What somebody has this server call, and what is called at one host: in an hour, all processes together. */
const PER_NETWORK = { most: 30, seconds: 3600 }
const PER_HOST = { most: 120, seconds: 3600 }
/** An address that failed is left alone for a minute. */
const PAUSE_MS = 60_000
const MOST_FAILED = 1000

export function createDocuments(deps: DocumentsDeps): Documents {
  const { database, directory, log, issuer, now = () => performance.now() } = deps
  const tables = database.tables<AuthorizationTables>()
  const flights = createSingleFlight<boolean>()
  const failed = new Map<string, number>()

  async function load(id: string, signal: AbortSignal): Promise<boolean> {
    // Somebody else's look at it may have ended between the question and this one.
    if ((await findDocumentState(tables, id))?.isFresh) return true
    const document = await read(id, signal)
    if (!document) return false
    const { metadata } = document
    // Nobody ever knows its registration token: the document is the only way to change it.
    const saved = { id, ...document, registrationTokenHash: hashSecret(randomToken()) }
    const noteOf = await deps.recordChange({ by: 'client', address: '' })
    await database.transaction(async (transaction) => {
      const found = await saveDocument(transaction<AuthorizationTables>(), saved)
      if (found === 'same') return
      const action = found === 'new' ? 'client.registered' : 'client.changed'
      const details = { name: metadata.client_name ?? id, registered_by: 'document' }
      await noteOf({ action, clientId: id, details })(transaction)
    })
    await directory.announce(id)
    return true
  }

  async function read(id: string, signal: AbortSignal) {
    failed.delete(id)
    try {
      const { body, freshSeconds } = await fetchDocument(deps.outbound, id, signal)
      return { metadata: readDocument(body, id, { ...deps, rights: rightsOf('document', 'off') }), freshSeconds }
    } catch (error) {
      log.info({ host: new URL(id).host, reason: describeError(error) }, 'The document of a client was not taken')
      failed.set(id, now())
      const [oldest] = failed.keys()
      if (failed.size > MOST_FAILED && oldest !== undefined) failed.delete(oldest)
      return undefined
    }
  }

  async function renew(id: string, network: string): Promise<boolean> {
    const last = failed.get(id)
    if (last !== undefined && now() - last < PAUSE_MS) return false
    const { host } = new URL(id)
    for (const [key, rule] of [
      [`document from ${network}`, PER_NETWORK] as const,
      [`document at ${host}`, PER_HOST] as const,
    ]) {
      if ((await countOne(tables, key, rule)) > 0) return false
    }
    return flights(id, (signal) => load(id, signal))
  }

  return {
    async prepare(id, { isSignedIn, network }) {
      if (!isDocumentAddress(id, issuer)) return 'ready'
      if (!deps.clientDocuments) throw notTaken()
      const state = await findDocumentState(tables, id)
      if (state?.isDisabled) throw notTaken()
      if (state?.isFresh) return 'ready'
      if (!isSignedIn) return state?.isUsable ? 'ready' : 'sign_in_first'
      // What was read before is kept over an outage of the client's server, for a day.
      if ((await renew(id, network)) || state?.isUsable) return 'ready'
      throw notTaken()
    },
  }
}

/** One error for every reason: whoever is behind the address learns nothing of what this server could reach. */
function notTaken(): OAuthError {
  const description = 'There is no client with this client_id, and no document at it that describes one'
  return new OAuthError('invalid_client', description, { status: 400 })
}
