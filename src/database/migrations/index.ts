import * as clock from './202611200900_database_clock.ts'
import * as accounts from './202611200910_accounts.ts'
import * as runs from './202611200920_runs.ts'
import * as storage from './202611200930_storage_stored_file.ts'
import * as connections from './202611200940_connections.ts'
import * as crypto from './202611200950_crypto_encryption_key.ts'
import * as providerBudget from './202611201000_connections_provider_budget.ts'
import * as people from './202611201100_accounts_people.ts'
import * as signingKey from './202611201110_crypto_signing_key.ts'
import * as authorization from './202611201120_authorization.ts'
import * as auditEvent from './202611201200_accounts_audit_event.ts'
import * as loginIdentity from './202611201210_accounts_login_identity.ts'
import * as fileOfRun from './202611201220_storage_file_of_run.ts'
import * as mailOrder from './202611201230_mail_order.ts'
import * as accountLinks from './202611201231_accounts_links.ts'
import * as factors from './202611201240_accounts_factors.ts'
import * as clientDocuments from './202611201250_authorization_client_documents.ts'
import * as playground from './202611201300_playground_visit.ts'
import * as keyPurpose from './202611201310_crypto_key_purpose.ts'

/** Name → migration; they run in the order of their names. */
export const migrations = {
  '202611200900_database_clock': clock,
  '202611200910_accounts': accounts,
  '202611200920_runs': runs,
  '202611200930_storage_stored_file': storage,
  '202611200940_connections': connections,
  '202611200950_crypto_encryption_key': crypto,
  '202611201000_connections_provider_budget': providerBudget,
  '202611201100_accounts_people': people,
  '202611201110_crypto_signing_key': signingKey,
  '202611201120_authorization': authorization,
  '202611201200_accounts_audit_event': auditEvent,
  '202611201210_accounts_login_identity': loginIdentity,
  '202611201220_storage_file_of_run': fileOfRun,
  '202611201230_mail_order': mailOrder,
  '202611201231_accounts_links': accountLinks,
  '202611201240_accounts_factors': factors,
  '202611201250_authorization_client_documents': clientDocuments,
  '202611201300_playground_visit': playground,
  '202611201310_crypto_key_purpose': keyPurpose,
}
