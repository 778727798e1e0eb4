/** Seconds. ASVS 5.0, 10.4.3: a code lives a minute at most. */
export const CODE_SECONDS = 60
/** A refresh token that nobody used for so long is over (RFC 9700 §4.14.2). */
export const REFRESH_IDLE_SECONDS = 30 * 24 * 60 * 60
/** And all that came from one consent, however often it was renewed (ASVS 5.0, 10.4.8). */
export const GRANT_SECONDS = 90 * 24 * 60 * 60
/** A grant without refresh tokens outlives the access token of its code, and then goes. One whose code nobody redeems ends with that. */
export const SHORT_GRANT_SECONDS = 60 * 60
/** How long a spent refresh token gives its successor once more: answers get lost on their way. */
export const REPEAT_SECONDS = 120
