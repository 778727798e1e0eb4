import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { createTurns } from './password-turns.ts'

/** Passwords of people: slow on purpose, so that who steals the table has to work for each guess. */
export type Passwords = {
  /** A PHC string to be stored. @throws PasswordsBusy */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one that was hashed. Takes as long for `undefined`, which is nobody's: the answer
   * must not tell who has an account (ASVS 5.0, 6.3.8).
   *
   * @returns `outdated`: right, and to be hashed anew, because the cost has been changed since
   * @throws PasswordsBusy
   */
  verify(password: string, stored: string | undefined): Promise<{ ok: boolean; outdated: boolean }>
}

type Cost = { readonly memory: number; readonly passes: number; readonly parallelism: number }

/** OWASP Password Storage Cheat Sheet, first choice for Argon2id; 20 ms and 19 MiB on a core of 2026. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const SALT_BYTES = 16
const TAG_BYTES = 32
/** Somebody waits a second and a half at most before the server says that it is too busy. */
const WAITING_EACH = 64

/**
 * @param options.concurrency how many hashes are computed at once, 19 MiB each. They share the thread pool of libuv
 *   (4 threads) with files and DNS, so that more than 3 would hold those up.
 */
export function createPasswords(options: { concurrency: number }): Passwords {
  const turn = createTurns({ atOnce: options.concurrency, waiting: options.concurrency * WAITING_EACH })

  return {
    hash: (password) =>
      turn(async () => {
        const salt = randomBytes(SALT_BYTES)
        return format(COST, salt, await derive(password, COST, salt, TAG_BYTES))
      }),
    verify: (password, stored) =>
      turn(async () => {
        const known = stored === undefined ? undefined : parse(stored)
        const { cost, salt, tag } = known ?? nobody()
        const derived = await derive(password, cost, salt, tag.length)
        const ok = timingSafeEqual(derived, tag) && known !== undefined
        return { ok, outdated: ok && !isCurrent(cost, salt, tag) }
      }),
  }
}

type Parsed = { readonly cost: Cost; readonly salt: Buffer; readonly tag: Buffer }

function nobody(): Parsed {
  return { cost: COST, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) }
}

function isCurrent(cost: Cost, salt: Buffer, tag: Buffer): boolean {
  const { memory, passes, parallelism } = cost
  const same = memory === COST.memory && passes === COST.passes && parallelism === COST.parallelism
  return same && salt.length === SALT_BYTES && tag.length === TAG_BYTES
}

/**
 * In NFC (RFC 8265 §4.2): keyboards differ in how they write "é". Otherwise as it was typed, and whole: nothing is cut
 * off, as bcrypt would after 72 bytes.
 */
function derive(password: string, cost: Cost, salt: Buffer, tagLength: number): Promise<Buffer> {
  const parameters = { message: Buffer.from(password.normalize('NFC')), nonce: salt, tagLength, ...cost }
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)))
  })
}

/** The PHC string format, as other programs read and write it: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`. */
function format({ memory, passes, parallelism }: Cost, salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

/** @throws Error for what `format` did not write: that a row is broken must not look like a wrong password. */
function parse(stored: string): Parsed {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(stored) ?? []
  if (salt === undefined || tag === undefined) throw new Error('A stored password hash is no Argon2id PHC string')
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
