/**
 * Who people are here: guests and users; how they register and sign in; browser sessions and login tokens, and the
 * `Caller` they stand for; the pages about one's own account.
 */
export type { Accounts } from './accounts.ts'
export {
  type Audit,
  type AuditActor,
  type AuditEntry,
  type AuditEvent,
  actorOf,
  BY_COMMAND,
} from './audit/audit.ts'
export type { AccountLink, AccountsDeps } from './deps.ts'
export { ACCOUNT_PROBLEMS } from './errors.ts'
export type { BearerUser, LoginTokens, TokenSigner } from './login/login-token.ts'
export { USER_CLAIMS } from './profile/claims.ts'
export type { RegistrationError, RegistrationOutcome } from './register/register.ts'
export { createAccounts } from './server.ts'
export type { User } from './user.ts'
export type { Owned } from './visitors/owned.ts'
export { createVisitors, type Visitors } from './visitors/visitors.ts'
