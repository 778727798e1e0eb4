/** How a client proves at `/token`, `/introspect` and `/revoke` that it is itself (RFC 7591 §2, OpenID Connect Core §9). */
export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const
export type AuthMethod = (typeof AUTH_METHODS)[number]
