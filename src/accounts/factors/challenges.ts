import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Clock } from '#base'
import { hashSecret } from '#crypto'
import type { AccountTables } from '../store/tables.ts'
import { useChallenge } from '../store/used-challenge.ts'

/** What a passkey signs for: a signature for one of them is none for the other. */
export type ChallengePurpose = 'sign_in' | 'add'

/**
 * Challenges for passkeys: random, for one browser and one purpose, good once and for an hour (WebAuthn §13.4.3). They
 * carry a MAC instead of having a row, so that a sign-in page that is only looked at leaves nothing behind.
 */
export type Challenges = {
  /** @param csrf the token of the page, by which the browser is known */
  make(purpose: ChallengePurpose, csrf: string): Uint8Array<ArrayBuffer>
  /** @returns `spent` when it was made for this, alive and unused, which it is no more; `ended` when the hour is over */
  spend(challenge: string, purpose: ChallengePurpose, csrf: string): Promise<'spent' | 'ended' | 'refused'>
}

const SECONDS = 3600
const RANDOM = 32
const TIME = 6
const MAC = 32

export function createChallenges(deps: { key: Buffer; tables: Kysely<AccountTables>; clock: Clock }): Challenges {
  const macOf = (head: Buffer, purpose: ChallengePurpose, csrf: string) =>
    createHmac('sha256', deps.key).update(head).update(`${purpose}:${csrf}`).digest()

  return {
    make(purpose, csrf) {
      const time = Buffer.alloc(TIME)
      time.writeUIntBE(Math.floor(deps.clock.now().getTime() / 1000) + SECONDS, 0, TIME)
      const head = Buffer.concat([randomBytes(RANDOM), time])
      return new Uint8Array(Buffer.concat([head, macOf(head, purpose, csrf)]))
    },
    async spend(challenge, purpose, csrf) {
      const bytes = Buffer.from(challenge, 'base64url')
      if (bytes.length !== RANDOM + TIME + MAC) return 'refused'
      const head = bytes.subarray(0, RANDOM + TIME)
      if (!timingSafeEqual(bytes.subarray(RANDOM + TIME), macOf(head, purpose, csrf))) return 'refused'
      const endsAt = new Date(head.readUIntBE(RANDOM, TIME) * 1000)
      const use = await useChallenge(deps.tables, { hash: hashSecret(bytes.toString('base64url')), endsAt })
      if (use === 'fresh') return 'spent'
      return use === 'ended' ? 'ended' : 'refused'
    },
  }
}
