/** One key of `TRIVET_MASTER_KEY`: `<key id>:<32 bytes as base64url>`. Groups: the id, the bytes. */
export const MASTER_KEY = /^([a-z0-9][a-z0-9_-]{0,31}):([A-Za-z0-9_-]{43})=?$/

/** What to say to a key of another form, without quoting it. */
export const MASTER_KEY_RULE =
  'TRIVET_MASTER_KEY must look like k1:<43 characters of base64url>, which are 32 random bytes.'
