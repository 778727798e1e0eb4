import { randomBytes } from 'node:crypto'
import { hashSecret } from '#crypto'

/** Crockford's base32: no I, L, O, U, which are read as something else. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const HOW_MANY = 8
/** 125 bits: enough that a plain hash is right for them (ASVS 5.0, 6.5.2: 112). */
const LENGTH = 25
const CODE = /^[0-9A-HJKMNP-TV-Z]{25}$/

/** `K7Q2M-…`, five groups of five; each is good once, for who has lost the phone. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: HOW_MANY }, () => {
    // 32 divides 256: every character is as likely as the others.
    const characters = [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
    return characters.replace(/.{5}(?=.)/g, '$&-')
  })
}

/** As people type them: in either case, with or without dashes, with letters that look like digits. */
export function recoveryHash(typed: string): Buffer | undefined {
  const characters = typed.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0')
  return CODE.test(characters) ? hashSecret(characters) : undefined
}
