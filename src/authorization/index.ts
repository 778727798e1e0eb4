/**
 * The authorization server (tinyoauth): OAuth 2.0 and OpenID Connect for apps that want to know who somebody is, or to
 * do something in their name here. `issuer` is `TRIVET_PUBLIC_URL`.
 */
export type { Api, Apis } from './checks/apis.ts'
export { CLIENT_STATES, type Client, type ClientCounts, type ClientEntry, type ClientState } from './clients/client.ts'
export type { Clients } from './clients/clients.ts'
export type { GatewayClient, GatewayGrant } from './clients/gateway-client.ts'
export { networkOf } from './clients/network.ts'
export { isVouchedFor } from './clients/stranger.ts'
export type { AuthorizationDeps, AuthorizationSettings } from './deps.ts'
export { ACCOUNT_APPS_LINK } from './endpoints/account-apps.ts'
export { OAuthError } from './errors.ts'
export { type Authorization, createAuthorization } from './server.ts'
export type { RegistrationTokenEntry } from './store/registration-token.ts'
export type { AccessToken } from './tokens/access-token.ts'
export { acrOf } from './tokens/authentication.ts'
