import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import type { Clock, Log } from '#base'
import { createRemoteKeys, hashSecret, randomToken } from '#crypto'
import type { Database } from '#database'
import type { Csrf } from '#http'
import type { Outbound } from '#outbound'
import { deleteOldAssertions, useAssertion } from '../store/assertion.ts'
import {
  countClients,
  deleteUnusedClients,
  listClientEntries,
  listClientPage,
  listClientRecords,
  setClientState,
  touchClient,
} from '../store/client.ts'
import { deleteOldCounts } from '../store/count.ts'
import {
  deleteRegistrationToken,
  deleteSpentRegistrationTokens,
  insertRegistrationToken,
  listRegistrationTokens,
  type RegistrationTokenEntry,
} from '../store/registration-token.ts'
import type { AuthorizationTables } from '../store/tables.ts'
import { authenticateClient } from './authenticate/authenticate-client.ts'
import type { Client, ClientCounts, ClientEntry, ClientState } from './client.ts'
import { createDirectory } from './directory.ts'
import { createDocuments, type Documents } from './documents/documents.ts'
import type { RegistrationPolicy } from './metadata/rights.ts'
import type { ChangeNote, RecordChange } from './record-change.ts'
import { REGISTRATION_TOKEN, type RegistrantDeps } from './registrant.ts'
import { type Registered, type Registrant, type RegistrationDeps, register, remove } from './registration.ts'
import { withNote } from './with-note.ts'

export type ClientsDeps = {
  readonly database: Database
  readonly outbound: Pick<Outbound, 'send'>
  readonly csrf: Pick<Csrf, 'isGenuine'>
  readonly clock: Clock
  readonly log: Log
  /** Without a slash at its end. */
  readonly issuer: string
  readonly policy: RegistrationPolicy
  readonly hasMcpRoute: RegistrantDeps['hasMcpRoute']
  readonly bearerUser: RegistrantDeps['bearerUser']
  /** Names of this product and of the providers; unverified clients must not look like them. */
  readonly reservedNames: readonly string[]
  /** Pages of this server that clients may name as theirs. */
  readonly ownRedirectUris?: readonly string[] | undefined
  /** Schemes without a dot that redirect URIs may have. */
  readonly appSchemes: readonly string[]
  readonly isKnownResource: (uri: string) => boolean
  /** Whether clients are taken whose id is the address of their metadata. */
  readonly clientDocuments: boolean
  readonly recordChange: RecordChange
}

/** Applications that may ask people for something: registration, authentication, look-up. */
export type Clients = {
  /** The client, at most 2 s old; undefined for ids of nobody and for clients that are switched off. */
  findClient(id: string): Promise<Client | undefined>
  /**
   * Who sends a form to an endpoint for clients: `none`, `client_secret_basic`, `client_secret_post`,
   * `private_key_jwt`, exactly one of them and the registered one.
   *
   * @throws OAuthError `invalid_client` (401), or `invalid_request` for more than one method
   */
  authenticateClient(request: FastifyRequest): Promise<{ client: Client }>
  /** For command and console. @param note written with it, as by those below @throws OAuthError `invalid_redirect_uri`, `invalid_client_metadata` */
  register(
    registrant: Extract<Registrant, { kind: 'admin' }>,
    metadata: unknown,
    note?: (client: Client) => ChangeNote,
  ): Promise<Registered>
  /** Those of one user, the newest first. */
  listOf(ownerId: string): Promise<readonly Client[]>
  /** All, or the one of this id, switched-off ones too, the newest first; for command and console. */
  entries(id?: string): Promise<readonly ClientEntry[]>
  /**
   * A page of them, the newest first. `after`: the id of the last one on the page before; `search`: part of a name, an id
   * or a redirect address.
   */
  page(asked: {
    readonly most: number
    readonly after?: string | undefined
    readonly search?: string | undefined
    readonly state?: ClientState | undefined
  }): Promise<readonly ClientEntry[]>
  counts(): Promise<ClientCounts>
  /**
   * @param seenAt `updatedAt` of what was looked at: a client that was changed since stays as it is
   * @returns whether it was there
   */
  setState(
    id: string,
    state: { readonly isVerified?: boolean; readonly isDisabled?: boolean },
    seenAt?: Date,
    note?: ChangeNote,
  ): Promise<boolean>
  /** With all that was issued to it. */
  remove(id: string, note?: ChangeNote): Promise<void>
  /**
   * An initial access token (RFC 7591 §3), shown once; lifetime in seconds.
   *
   * @param noteOf by the id that `registrationTokens` names it by
   */
  createRegistrationToken(
    token: { note: string; expiresIn?: number; uses?: number },
    noteOf?: (id: string) => ChangeNote,
  ): Promise<{ readonly id: string; readonly token: string }>
  /** Initial access tokens that still open something, the newest first. */
  registrationTokens(most: number): Promise<readonly RegistrationTokenEntry[]>
  /** @returns whether it was there */
  removeRegistrationToken(id: string, note?: ChangeNote): Promise<boolean>
  /** Ends what is over: clients registered by nobody here and unused for 30 days, old assertions, tokens and counts. May be repeated. */
  prune(): Promise<void>
  close(): void
}

const PRUNE_BATCH = 500
const HOUR_MS = 3_600_000
const MOST_TOUCHED = 10_000

/** @returns the clients, and what the two endpoints need */
export function createClients(deps: ClientsDeps): {
  clients: Clients
  documents: Documents
  endpointDeps: RegistrantDeps & RegistrationDeps & Pick<ClientsDeps, 'recordChange'>
} {
  const { database, issuer, clock } = deps
  const tables = database.tables<AuthorizationTables>()
  const directory = createDirectory({ database })
  const remoteKeys = createRemoteKeys({ ...deps, whose: 'a client' })
  const endpointDeps = { ...deps, directory }
  const touch = createTouch((id) => touchClient(tables, id), clock)
  const authentication = {
    ...{ directory, remoteKeys, issuer, clock, touch },
    useAssertion: (assertion: Parameters<typeof useAssertion>[1]) => useAssertion(tables, assertion),
  }

  const noted = (note: ChangeNote | undefined, change: (trx: Kysely<AuthorizationTables>) => Promise<boolean>) =>
    withNote(database, note, change)

  const clients: Clients = {
    findClient: async (id) => (await directory.find(id))?.client,
    authenticateClient: (request) => authenticateClient(authentication, request),
    register: (registrant, metadata, note) => register(endpointDeps, registrant, metadata, { network: '', note }),
    listOf: async (ownerId) => (await listClientRecords(tables, ownerId)).map(({ client }) => client),
    entries: (id) => listClientEntries(tables, id),
    page: ({ most, after, search, state }) => listClientPage(tables, { most, after, search, state }),
    counts: () => countClients(tables),
    async setState(id, state, seenAt, note) {
      const found = await noted(note, (trx) => setClientState(trx, id, state, seenAt))
      await directory.announce(id)
      return found
    },
    remove: (id, note) => remove(endpointDeps, id, note),
    async createRegistrationToken({ note, expiresIn, uses }, noteOf) {
      const token = `${REGISTRATION_TOKEN}${randomToken()}`
      const tokenHash = hashSecret(token)
      const id = tokenHash.toString('base64url')
      await noted(noteOf?.(id), async (trx) => {
        await insertRegistrationToken(trx, { tokenHash, note, expiresIn, uses })
        return true
      })
      return { id, token }
    },
    registrationTokens: (most) => listRegistrationTokens(tables, most),
    removeRegistrationToken: (id, note) => noted(note, (trx) => deleteRegistrationToken(trx, id)),
    async prune() {
      for (const id of await deleteUnusedClients(tables, PRUNE_BATCH)) await directory.announce(id)
      await deleteOldAssertions(tables)
      await deleteSpentRegistrationTokens(tables)
      await deleteOldCounts(tables)
    },
    close: () => directory.close(),
  }
  return { clients, documents: createDocuments({ ...deps, directory }), endpointDeps }
}

/** The statement itself looks at the hour, too; here it is only kept from running for every request. */
function createTouch(write: (id: string) => Promise<void>, clock: Clock): (id: string) => Promise<void> {
  const noted = new Map<string, number>()
  return async (id) => {
    const now = clock.now().getTime()
    if (now - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < HOUR_MS) return
    if (noted.size > MOST_TOUCHED) noted.clear()
    noted.set(id, now)
    await write(id)
  }
}
