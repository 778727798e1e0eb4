/**
 * What somebody proves by coming back from a provider: that they are signed in there. RFC 8176 registers no value for
 * that, and providers do not say what they asked for, so that this one never counts as a password or a second factor.
 */
export const EXTERNAL = 'ext'
