import type { JWK, JWTPayload } from 'jose'
import { type Clock, type Log, StartError } from '#base'
import type { Database } from '#database'
import type { Envelope } from '../envelope.ts'
import { type ExpectedClaims, hasClaims } from '../jwt/claims.ts'
import { decodeObject, encodeObject, splitCompact } from '../jwt/compact.ts'
import { SIGNING_ALGS, type SigningAlg, type SigningKeyTables } from '../store/signing-key.ts'
import type { SigningKey } from './key.ts'
import type { KeyState } from './key-set.ts'
import { createKeySource } from './key-source.ts'
import { createRotation, type KeyUse } from './rotation.ts'
import { KEY_TIMING, type KeyTiming } from './timing.ts'

/** Signs tokens with keys that change by stages, and tells the tokens that this installation signed from all others. */
export type Signer = {
  /** Reads the keys, and makes them where there are none. @throws StartError when they do not open */
  start(): Promise<void>
  /** A JWT in compact form. Claims are the caller's, `iss`, `iat` and `exp` included. */
  sign(payload: JWTPayload, options: { readonly typ: string; readonly alg: SigningAlg }): Promise<string>
  /** The claims of a token of ours of exactly this type; undefined for whatever is wrong with it. */
  verify(token: string, options: VerifyOptions): Promise<JWTPayload | undefined>
  /** RFC 7517 §5: keys that sign, will sign, or have signed something that may still be alive. */
  jwks(): { keys: JWK[] }
  /** For people who look after the server; nothing secret. */
  keys(): readonly KeyView[]
  /**
   * Publishes a successor, which signs after `publishedBeforehand` seconds.
   *
   * @returns false when one is waiting for its time already
   */
  rotate(alg: SigningAlg): Promise<boolean>
  /**
   * For a key that may have been seen: every key of this kind ends at once, those that wait or only verify as well, and
   * a new one signs from this moment. What they signed verifies nowhere from then on: here at once, in all other
   * processes within 5 seconds.
   *
   * @returns the new key, and the ids of those that ended
   */
  replace(alg: SigningAlg): Promise<{ readonly kid: string; readonly ended: readonly string[] }>
  /** Due changes of keys, and what the messages of other processes may have missed. To be called every few minutes. */
  tick(): Promise<void>
  close(): void
}

export type VerifyOptions = ExpectedClaims & {
  /** Of the header, exactly (RFC 8725 §3.11). */
  readonly typ: string
  /** All of ours unless told. */
  readonly alg?: readonly SigningAlg[]
}

export type KeyView = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly state: KeyState
  readonly createdAt: Date
  readonly signsFrom: Date
  readonly removedAfter: Date | null
}

/** Of tokens that apps get. */
const TOKENS: KeyUse = { purpose: 'token', algs: SIGNING_ALGS }

/**
 * @param deps.use what its keys are for; tokens unless told
 * @param deps.timing in tests: everything within a second
 */
export function createSigner(deps: {
  database: Database
  envelope: Envelope
  clock: Clock
  log: Log
  timing?: KeyTiming
  use?: KeyUse
  /** Told of each successor that was published because it was time; `rotate` says itself what it did. */
  onScheduled?: (key: { readonly kid: string; readonly alg: SigningAlg }) => Promise<void>
}): Signer {
  const { database, envelope, clock, log, timing = KEY_TIMING, use = TOKENS } = deps
  const source = createKeySource({ database, envelope, log, purpose: use.purpose })
  const rotation = createRotation({
    ...{ tables: database.tables<SigningKeyTables>(), envelope, timing, use },
    tell: source.tell,
    onScheduled: deps.onScheduled ?? (async () => undefined),
  })
  const isThere = (alg: SigningAlg) => source.current().all.some((key) => key.alg === alg)

  function findKey(header: string, options: VerifyOptions): SigningKey | undefined {
    const key = source.current().ofHeader(header, options.typ, clock.now())
    return key && (options.alg === undefined || options.alg.includes(key.alg)) ? key : undefined
  }

  /** The header may name a key that another process made a moment ago. */
  async function findLater(header: string, options: VerifyOptions): Promise<SigningKey | undefined> {
    const kid = decodeObject(header)?.['kid']
    if (typeof kid !== 'string' || source.current().has(kid)) return undefined
    await source.readForUnknown()
    return findKey(header, options)
  }

  return {
    async start() {
      await source.read()
      const missing = use.algs.filter((alg) => !isThere(alg))
      await Promise.all(missing.map((alg) => rotation.begin(alg)))
      if (missing.length > 0) await source.read()
      const broken = use.algs.filter((alg) => !isThere(alg))
      if (broken.length === 0) return
      throw new StartError(
        `The signing keys for ${broken.join(', ')} in this database do not open. Set TRIVET_MASTER_KEY to the keys of the Trivet that made them.`,
      )
    },
    async sign(payload, { typ, alg }) {
      const key = source.current().signing(alg, clock.now())
      const input = `${key.header(typ)}.${encodeObject(payload)}`
      return `${input}.${await key.sign(input)}`
    },
    async verify(token, options) {
      const parts = splitCompact(token)
      if (!parts) return undefined
      const { header, payload, signature } = parts
      // RFC 8725 §3.1, §3.8: the header picks one of the headers that we write ourselves, and nothing else: any other
      // algorithm, `crit`, `jku`, `jwk` or order of members is not ours.
      const key = findKey(header, options) ?? (await findLater(header, options))
      if (!(await key?.verify(`${header}.${payload}`, signature))) return undefined
      const claims = decodeObject(payload)
      return claims && hasClaims(claims, options, clock.now()) ? claims : undefined
    },
    jwks: () => source.current().jwks(clock.now()),
    keys() {
      const keys = source.current()
      return keys.all.map((key) => {
        const { kid, alg, createdAt, signsFrom, removedAfter } = key
        return { kid, alg, state: keys.state(key, clock.now()), createdAt, signsFrom, removedAfter }
      })
    },
    rotate: (alg) => rotation.rotate(alg),
    replace: (alg) => rotation.replace(alg),
    async tick() {
      await rotation.tick()
      await source.read()
    },
    close: source.close,
  }
}
