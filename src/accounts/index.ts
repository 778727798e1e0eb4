/**
 * Who people are here: guests and users; how they register and sign in; browser sessions and login tokens, and the
 * `Caller` they stand for; the pages about one's own account.
 */
export type { Accounts } from './accounts.ts'
export type { Administration } from './administration/administration.ts'
export { USER_STATES, type UserCounts, type UserRecord, type UserState } from './administration/user-record.ts'
export {
  type Audit,
  type AuditActor,
  type AuditEntry,
  type AuditEvent,
  actorOf,
  BY_COMMAND,
  BY_SERVER,
} from './audit/audit.ts'
export type { AccountLink, AccountsDeps } from './deps.ts'
export { ACCOUNT_CONTRACTS } from './endpoints/contracts.ts'
export { ACCOUNT_PROBLEMS } from './errors.ts'
export type { Identities, IdentityKey, ProvedIdentity, SignInPaths, SignInProvider } from './identities/identity.ts'
export type { AskingApp, FindAskingApp } from './login/asking-app.ts'
export { requireFreshToken } from './login/fresh-token.ts'
export type { BearerUser, LoginTokens, TokenSigner } from './login/login-token.ts'
export { signInFirst } from './login/way-on.ts'
export { foldUsername } from './names/username.ts'
export { USER_CLAIMS } from './profile/claims.ts'
export type { RegistrationError, RegistrationOutcome } from './register/register.ts'
export { createAccounts } from './server.ts'
export type { SessionView } from './store/browser-session.ts'
export type { LoginEvent } from './store/login-event.ts'
export type { User } from './user.ts'
export type { Belonging, Move, Owned } from './visitors/owned.ts'
export { createVisitors, type Visitors } from './visitors/visitors.ts'
