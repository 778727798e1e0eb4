import { Secret as Key, TOTP } from 'otpauth'
import { Secret } from '#base'

/** RFC 6238 with what every authenticator app takes for granted: SHA-1, six digits, 30 seconds. */
const PERIOD = 30
/** One step to either side (RFC 6238 §5.2): for slow typing, and clocks that are a little wrong. */
const WINDOW = 1
/** RFC 4226 §4, R6: at least 128 bits, 160 recommended. */
const KEY_BYTES = 20

/** A key of 160 random bits, in base32. */
export function newTotpKey(): Secret {
  return new Secret(new Key({ size: KEY_BYTES }).base32)
}

/** What the QR code says: `otpauth://totp/…` (Key Uri Format). */
export function totpUri(key: Secret, { issuer, username }: { readonly issuer: string; readonly username: string }) {
  // A colon ends the issuer in apps that read these addresses.
  return new TOTP({
    issuer: issuer.replaceAll(':', ' '),
    label: username,
    secret: Key.fromBase32(key.reveal()),
    period: PERIOD,
  }).toString()
}

/** The time step that a code is of; undefined when it is of none of those that count now. */
export function totpStep(key: Secret, code: string, now: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined
  const totp = new TOTP({ secret: Key.fromBase32(key.reveal()), period: PERIOD })
  const delta = totp.validate({ token: code, timestamp: now.getTime(), window: WINDOW })
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / PERIOD) + delta
}
