import { createSingleFlight, describeError, type Log } from '#base'
import type { Database } from '#database'
import type { Envelope } from '../envelope.ts'
import { type KeyPurpose, listKeys, type SigningKeyTables } from '../store/signing-key.ts'
import { openKey, type SigningKey } from './key.ts'
import { createKeySet, type KeySet } from './key-set.ts'

/** The keys of the database as this process knows them. */
export type KeySource = {
  current(): KeySet
  /**
   * Reads again; from the first call on, changes by other processes are heard of, and looked for every few seconds: of a
   * connection that has died without a word (RFC 9293 §3.8.4) no message comes, and a key that was ended has to end here.
   */
  read(): Promise<void>
  /** Reads again, but not more often than every few seconds, for a key that is asked for and not known. */
  readForUnknown(): Promise<void>
  /** Reads again, here and in all other processes. */
  tell(): Promise<void>
  close(): void
}

const CHANNEL = 'trivet_signing_key'
/** Tokens with keys that nobody knows must not become a way to keep the database busy. */
const REREAD_MS = 5000
/** With the time to read, a key that was ended verifies nothing anywhere after 5 seconds. */
const LOOK_MS = 4000

export function createKeySource(deps: {
  database: Database
  envelope: Envelope
  log: Log
  purpose: KeyPurpose
}): KeySource {
  const { database, envelope, log } = deps
  const tables = database.tables<SigningKeyTables>()
  const once = createSingleFlight<void>()
  let keys = createKeySet([])
  let readAt = Number.NEGATIVE_INFINITY
  let reading = Promise.resolve()
  let unlisten: (() => void) | undefined
  let isFailing = false
  /** Ids of keys that do not open, and of which the log knows. */
  const broken = new Set<string>()

  async function readNow(): Promise<void> {
    readAt = performance.now()
    const opened: SigningKey[] = []
    for (const row of await listKeys(tables, deps.purpose)) {
      const known = keys.all.find((key) => key.kid === row.kid && key.alg === row.alg)
      try {
        const key = known ?? openKey(row, envelope)
        opened.push({ ...key, signsFrom: row.signsFrom, removedAfter: row.removedAfter })
      } catch (error) {
        if (broken.has(row.kid)) continue
        broken.add(row.kid)
        log.error({ kid: row.kid, error: describeError(error) }, 'A signing key does not open, and is not used')
      }
    }
    keys = createKeySet(opened)
  }

  /** One after the other: a slow one must not put back what a later one has seen. */
  function read(): Promise<void> {
    unlisten ??= follow()
    reading = reading.catch(() => undefined).then(readNow)
    return reading
  }

  function follow(): () => void {
    const changed = () => heard(read())
    const unlisten = database.listen(CHANNEL, changed, changed)
    const looking = setInterval(() => heard(once('look', read)), LOOK_MS).unref()
    return () => {
      clearInterval(looking)
      unlisten()
    }
  }

  /** What fails is said once while it lasts. */
  function heard(result: Promise<void>): void {
    result.then(
      () => {
        isFailing = false
      },
      (error) => {
        if (!isFailing) log.warn({ error: describeError(error) }, 'The signing keys could not be read again')
        isFailing = true
      },
    )
  }

  return {
    current: () => keys,
    read,
    async readForUnknown() {
      if (performance.now() - readAt > REREAD_MS) await once('', read)
    },
    async tell() {
      await read()
      await database.notify(CHANNEL, '')
    },
    close: () => unlisten?.(),
  }
}
