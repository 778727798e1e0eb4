import type { Kysely } from 'kysely'
import type { Database } from '#database'
import type { FindClient } from '../checks/check-place.ts'
import type { CheckRules } from '../checks/check-request.ts'
import type { Documents } from '../clients/documents/documents.ts'
import type { AuthorizationTables } from '../store/tables.ts'

/** What the way from a request to its answer needs. */
export type FlowDeps = {
  readonly database: Database
  readonly tables: Kysely<AuthorizationTables>
  readonly findClient: FindClient
  readonly documents: Documents
  /** The claims of an ID token of ours, an expired one included (OpenID Connect Core §3.1.2.1); undefined for any other. */
  readonly readIdTokenHint: (token: string) => Promise<{ readonly sub: string } | undefined>
  readonly rules: CheckRules
}
