/**
 * Accounts that people have at other providers: connecting them (OAuth 2.0 code flow with PKCE), keeping their tokens
 * sealed and fresh, and lending handles that add the token when a call is sent. A token is never given out.
 */
export type { AccountHandle, AccountRequest } from './account/account-handle.ts'
export type { ConnectionView } from './connection-view.ts'
export type { ConnectionNeed, Connections, ProviderView } from './connections.ts'
export type { ConnectionsDeps, FetchPicture } from './deps.ts'
export { CONNECTION_CONTRACTS } from './endpoints/contracts.ts'
export { CONNECTION_PROBLEMS, type ConnectionFailureCode } from './errors.ts'
export { readName } from './oauth/identity.ts'
export { discordPicture, readSnowflake } from './providers/discord-account.ts'
export { createConnections } from './server.ts'
export type { Usability } from './usability.ts'
