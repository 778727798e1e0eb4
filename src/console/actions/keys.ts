import type { KeyView, SigningAlg } from '#crypto'
import type { ConsoleDeps } from '../deps.ts'
import type { Administrator } from '../gate/administrator.ts'

/** What administrators do to the keys that sign tokens. */
export type KeyActions = {
  list(): readonly KeyView[]
  /** Publishes a successor. @returns false when one is waiting for its time already: nothing was done */
  rotate(administrator: Administrator, alg: SigningAlg): Promise<boolean>
  /** Ends all keys of this kind, and the tokens that they signed; a new one signs from now on. */
  replace(administrator: Administrator, alg: SigningAlg): Promise<void>
}

export function createKeyActions({ accounts, signer }: Pick<ConsoleDeps, 'accounts' | 'signer'>): KeyActions {
  return {
    list: () => signer.keys(),
    async rotate({ by }, alg) {
      const rotated = await signer.rotate(alg)
      if (!rotated) return false
      const waiting = signer.keys().find((key) => key.alg === alg && key.state === 'published')
      const target = waiting && ({ kind: 'key', id: waiting.kid } as const)
      await accounts.audit.record(by, { action: 'key.rotated', ...(target && { target }), details: { alg } })
      return true
    },
    async replace({ by }, alg) {
      const { kid, ended } = await signer.replace(alg)
      const target = { kind: 'key', id: kid } as const
      await accounts.audit.record(by, { action: 'key.replaced', target, details: { alg, ended: ended.join(' ') } })
    },
  }
}
