import type { Kysely } from 'kysely'
import type { Envelope } from '../envelope.ts'
import {
  deleteRemovedKeys,
  insertKey,
  isOld,
  type KeyPurpose,
  type Needless,
  replaceKeys,
  retireKeys,
  type SigningAlg,
  type SigningKeyTables,
} from '../store/signing-key.ts'
import { makeKey, sealedPlace } from './key.ts'
import type { KeyTiming } from './timing.ts'

/** What the keys of one signer are for, and of which kinds there is one each. */
export type KeyUse = { readonly purpose: KeyPurpose; readonly algs: readonly SigningAlg[] }

/** The stages of keys in the database, the same for all processes: published, signing, retired, removed. */
export function createRotation(deps: {
  readonly tables: Kysely<SigningKeyTables>
  readonly envelope: Envelope
  readonly timing: KeyTiming
  readonly use: KeyUse
  /** Called when something changed. */
  readonly tell: () => Promise<void>
  /** Called when a successor was published because it was time. */
  readonly onScheduled: (key: { readonly kid: string; readonly alg: SigningAlg }) => Promise<void>
}) {
  const { tables, envelope, timing, tell, onScheduled } = deps
  const { purpose, algs } = deps.use

  async function make(alg: SigningAlg) {
    const { kid, publicJwk, privateJwk } = await makeKey(alg)
    return { kid, alg, purpose, publicJwk, sealed: envelope.seal(privateJwk, sealedPlace({ kid, purpose })) }
  }

  /** @returns the new key's id, or undefined when it was needless */
  async function add(alg: SigningAlg, stage: { signsIn: number; unless: Needless }) {
    const key = await make(alg)
    const { kid } = key
    const added = await insertKey(tables, { ...key, ...stage })
    if (added) await tell()
    return added ? kid : undefined
  }

  const publish = (alg: SigningAlg, unless: Needless) => add(alg, { signsIn: timing.publishedBeforehand, unless })

  return {
    /** The first key signs at once: nobody holds an older JWKS. */
    begin: (alg: SigningAlg) => add(alg, { signsIn: 0, unless: 'any' }),
    rotate: async (alg: SigningAlg) => (await publish(alg, 'waiting')) !== undefined,
    async replace(alg: SigningAlg) {
      const key = await make(alg)
      const ended = await replaceKeys(tables, key)
      await tell()
      return { kid: key.kid, ended }
    },
    async tick(): Promise<void> {
      for (const alg of algs) {
        if (!(await isOld(tables, { alg, purpose }, timing.changedEvery))) continue
        const kid = await publish(alg, { madeWithin: timing.changedEvery })
        if (kid !== undefined) await onScheduled({ kid, alg })
      }
      const retired = await retireKeys(tables, timing.keptAfterwards)
      const removed = await deleteRemovedKeys(tables)
      if (retired || removed) await tell()
    },
  }
}
