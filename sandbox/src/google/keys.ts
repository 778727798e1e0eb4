import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import type { Store } from '../state/index.ts'

/** Kept through a reset: apps cache the key set. */
export const KEY_TABLE = 'google.key'

/** The issuer's RS256 key, made once per state folder. */
export async function openKeys(store: Store) {
  const table = store.table<JWK>(KEY_TABLE)
  let stored = table.get('signing')
  if (!stored) {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    const jwk = await exportJWK(privateKey)
    const kid = createHash('sha1')
      .update(jwk.n ?? '')
      .digest('hex')
    stored = { ...jwk, alg: 'RS256', use: 'sig', kid }
    store.commit(table.put('signing', stored))
  }
  const { kty, n, e, alg, use, kid } = stored
  const key = await importJWK(stored, 'RS256')
  return {
    jwks: { keys: [{ kty, n, e, alg, use, kid }] },
    sign: (claims: Record<string, unknown>) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: kid ?? '', typ: 'JWT' }).sign(key),
  }
}

export type Keys = Awaited<ReturnType<typeof openKeys>>
