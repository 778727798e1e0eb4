/** Short, because those who verify by themselves do not hear of a revocation (RFC 9700 §4.10). */
export const ACCESS_TOKEN_SECONDS = 600

/** For the client to read once; afterwards it is only a hint at who somebody was. */
export const ID_TOKEN_SECONDS = 3600
