import type { JWK, JWTPayload } from 'jose'
import { type Clock, createSingleFlight, describeError, type Log, StartError } from '#base'
import type { Database } from '#database'
import type { Envelope } from '../envelope.ts'
import { type ExpectedClaims, hasClaims } from '../jwt/claims.ts'
import { decodeObject, encodeObject, splitCompact } from '../jwt/compact.ts'
import { listKeys, SIGNING_ALGS, type SigningAlg, type SigningKeyTables } from '../store/signing-key.ts'
import { openKey, type SigningKey } from './key.ts'
import { createKeySet, type KeyState } from './key-set.ts'
import { createRotation } from './rotation.ts'
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

const CHANNEL = 'trivet_signing_key'
/** Tokens with keys that nobody knows must not become a way to keep the database busy. */
const REREAD_MS = 5000

/** @param deps.timing in tests: everything within a second */
export function createSigner(deps: {
  database: Database
  envelope: Envelope
  clock: Clock
  log: Log
  timing?: KeyTiming
}): Signer {
  const { database, envelope, clock, log, timing = KEY_TIMING } = deps
  const tables = database.tables<SigningKeyTables>()
  const once = createSingleFlight<void>()
  let keys = createKeySet([])
  let readAt = Number.NEGATIVE_INFINITY
  let reading = Promise.resolve()
  let unlisten: (() => void) | undefined

  async function readNow(): Promise<void> {
    readAt = performance.now()
    const opened: SigningKey[] = []
    for (const row of await listKeys(tables)) {
      const known = keys.all.find((key) => key.kid === row.kid && key.alg === row.alg)
      try {
        const key = known ?? openKey(row, envelope)
        opened.push({ ...key, signsFrom: row.signsFrom, removedAfter: row.removedAfter })
      } catch (error) {
        log.error({ kid: row.kid, error: describeError(error) }, 'A signing key does not open, and is not used')
      }
    }
    keys = createKeySet(opened)
  }

  /** One after the other: a slow one must not put back what a later one has seen. */
  function read(): Promise<void> {
    reading = reading.catch(() => undefined).then(readNow)
    return reading
  }

  const changed = () => {
    read().catch((error) => log.warn({ error: describeError(error) }, 'The signing keys could not be read again'))
  }
  const rotation = createRotation({
    ...{ tables, envelope, timing },
    tell: async () => {
      await read()
      await database.notify(CHANNEL, '')
    },
  })

  function findKey(header: string, options: VerifyOptions): SigningKey | undefined {
    const key = keys.ofHeader(header, options.typ, clock.now())
    return key && (options.alg === undefined || options.alg.includes(key.alg)) ? key : undefined
  }

  /** The header may name a key that another process made a moment ago. */
  async function findLater(header: string, options: VerifyOptions): Promise<SigningKey | undefined> {
    const kid = decodeObject(header)?.['kid']
    if (typeof kid !== 'string' || keys.has(kid)) return undefined
    if (performance.now() - readAt > REREAD_MS) await once('', read)
    return findKey(header, options)
  }

  return {
    async start() {
      unlisten = database.listen(CHANNEL, changed, changed)
      await read()
      const missing = SIGNING_ALGS.filter((alg) => !keys.all.some((key) => key.alg === alg))
      await Promise.all(missing.map((alg) => rotation.begin(alg)))
      if (missing.length > 0) await read()
      for (const alg of SIGNING_ALGS) {
        if (keys.all.some((key) => key.alg === alg)) continue
        throw new StartError(
          `The signing keys for ${alg} in this database do not open. Set TRIVET_MASTER_KEY to the keys of the Trivet that made them.`,
        )
      }
    },
    async sign(payload, { typ, alg }) {
      const key = keys.signing(alg, clock.now())
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
      if (!key?.verify(`${header}.${payload}`, signature)) return undefined
      const claims = decodeObject(payload)
      return claims && hasClaims(claims, options, clock.now()) ? claims : undefined
    },
    jwks: () => keys.jwks(clock.now()),
    keys: () =>
      keys.all.map((key) => {
        const { kid, alg, createdAt, signsFrom, removedAfter } = key
        return { kid, alg, state: keys.state(key, clock.now()), createdAt, signsFrom, removedAfter }
      }),
    rotate: (alg) => rotation.rotate(alg),
    async tick() {
      await rotation.tick()
      await read()
    },
    close: () => unlisten?.(),
  }
}
