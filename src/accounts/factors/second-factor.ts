import type { Kysely } from 'kysely'
import { type Clock, newId, type Secret } from '#base'
import type { Envelope } from '#crypto'
import type { LoginLimits } from '../login/limits.ts'
import type { Origin } from '../login/origin.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import type { Note } from '../store/note.ts'
import { countRecoveryCodes, useRecoveryCode } from '../store/recovery-code.ts'
import type { AccountTables } from '../store/tables.ts'
import {
  beginTotpSecret,
  findTotpSecret,
  renewRecoveryCodes,
  type TotpSecret,
  takeTotpStep,
  turnOffTotp,
  turnOnTotp,
} from '../store/totp-secret.ts'
import { touchUser } from '../store/user.ts'
import { newRecoveryCodes, recoveryHash } from './recovery-codes.ts'
import { newTotpKey, totpStep } from './totp.ts'

/** Codes of an app on the phone (RFC 6238), asked for after the password; and recovery codes, for who has lost it. */
export type SecondFactor = {
  /** @returns `off`, `set_up` (not asked for yet) or `on` */
  state(ownerId: string): Promise<{ state: 'off' | 'set_up' | 'on'; recoveryCodesLeft: number }>
  /** Begins, or begins anew, to set one up. Nothing when it is on already. */
  begin(ownerId: string): Promise<void>
  /** The key that is being set up, to be shown; never one that is on. */
  keyToShow(ownerId: string): Promise<Secret | undefined>
  /**
   * On from now on, once a code shows that the app has the key. Other sessions and all login tokens end: they were
   * signed in by one factor.
   *
   * @param how.sessionId in which it is done, and which goes on
   * @param how.note written with it, as by the two below
   * @returns the recovery codes, to be shown once; undefined when the code is wrong
   */
  turnOn(
    ownerId: string,
    how: { readonly code: string; readonly sessionId: string; readonly note: Note },
  ): Promise<readonly string[] | undefined>
  /** @returns whether it was on */
  turnOff(ownerId: string, note: Note): Promise<boolean>
  /** New ones, in place of all others. Undefined when no second factor is on. */
  renewRecoveryCodes(ownerId: string, note: Note): Promise<readonly string[] | undefined>
  /** One attempt at a code, of the app or for recovery: counted like passwords, and each taken once. */
  check(attempt: { readonly ownerId: string; readonly code: string; readonly origin: Origin }): Promise<CodeOutcome>
}

export type CodeOutcome =
  | { readonly result: 'succeeded'; readonly kind: 'code' | 'recovery_code' }
  | { readonly result: 'failed' }
  /** `retryAfter` in seconds. */
  | { readonly result: 'blocked'; readonly retryAfter: number }

/** RFC 8176: recovery codes are one-time passwords as well (RFC 4949). */
export const CODE_AMR = ['otp', 'mfa'] as const

export function createSecondFactor(deps: {
  tables: Kysely<AccountTables>
  envelope: Envelope
  limits: LoginLimits
  clock: Clock
}): SecondFactor {
  const { tables, envelope, limits, clock } = deps
  const place = ({ id, ownerId }: Pick<TotpSecret, 'id' | 'ownerId'>) =>
    ({ table: 'totp_secret', column: 'sealed_secret', row: id, owner: ownerId }) as const
  const stepOf = (secret: TotpSecret, code: string) =>
    totpStep(envelope.open(secret.sealed, place(secret)), code.replaceAll(/\s/g, ''), clock.now())

  async function take(ownerId: string, code: string): Promise<'code' | 'recovery_code' | undefined> {
    const hash = recoveryHash(code)
    if (hash) return (await useRecoveryCode(tables, { ownerId, hash })) ? 'recovery_code' : undefined
    const secret = await findTotpSecret(tables, ownerId)
    const step = secret?.isOn ? stepOf(secret, code) : undefined
    if (!secret || step === undefined) return undefined
    return (await takeTotpStep(tables, { id: secret.id, step })) ? 'code' : undefined
  }

  return {
    async state(ownerId) {
      const [secret, recoveryCodesLeft] = await Promise.all([
        findTotpSecret(tables, ownerId),
        countRecoveryCodes(tables, ownerId),
      ])
      return { state: secret === undefined ? 'off' : secret.isOn ? 'on' : 'set_up', recoveryCodesLeft }
    },
    async begin(ownerId) {
      const id = newId()
      await beginTotpSecret(tables, { id, ownerId, sealed: envelope.seal(newTotpKey(), place({ id, ownerId })) })
    },
    async keyToShow(ownerId) {
      const secret = await findTotpSecret(tables, ownerId)
      return secret === undefined || secret.isOn ? undefined : envelope.open(secret.sealed, place(secret))
    },
    async turnOn(ownerId, { code, sessionId: keptSessionId, note }) {
      const secret = await findTotpSecret(tables, ownerId)
      const step = secret && stepOf(secret, code)
      if (!secret || step === undefined) return undefined
      const codes = newRecoveryCodes()
      const on = { id: secret.id, step, recoveryHashes: hashes(codes), keptSessionId, note }
      const isOn = await turnOnTotp(tables, on)
      return isOn ? codes : undefined
    },
    turnOff: (ownerId, note) => turnOffTotp(tables, ownerId, note),
    async renewRecoveryCodes(ownerId, note) {
      const codes = newRecoveryCodes()
      return (await renewRecoveryCodes(tables, { ownerId, hashes: hashes(codes), note })) ? codes : undefined
    },
    async check({ ownerId, code, origin }) {
      const keys = limits.keysOfCode(ownerId, origin.address)
      const wait = await limits.wait(keys)
      if (wait > 0) return { result: 'blocked', retryAfter: wait }
      const note = (outcome: 'succeeded' | 'failed' | 'blocked', method: string) =>
        insertLoginEvent(tables, { id: newId(), ownerId, outcome, method, ...origin })
      const kind = await take(ownerId, code)
      if (kind === undefined) {
        const { over, blocks } = await limits.fail(keys)
        if (!over) await note(blocks ? 'blocked' : 'failed', 'code')
        return over ? { result: 'blocked', retryAfter: Math.max(1, await limits.wait(keys)) } : { result: 'failed' }
      }
      const late = await limits.pass(keys)
      if (late > 0) return { result: 'blocked', retryAfter: late }
      await Promise.all([note('succeeded', kind), touchUser(tables, ownerId)])
      return { result: 'succeeded', kind }
    },
  }
}

function hashes(codes: readonly string[]): Buffer[] {
  return codes.flatMap((code) => recoveryHash(code) ?? [])
}
