/**
 * Of one address, for each of the pages of a sign-in: enough for a class behind one address. At the provider a callback
 * costs two turns of the shared budget, so that these take a third of Discord's.
 */
export const SIGN_IN_LIMIT = { most: 60, seconds: 10 } as const
