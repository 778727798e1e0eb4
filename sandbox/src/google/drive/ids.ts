import { createHmac } from 'node:crypto'
import { isSame } from '../../oauth/secrets.ts'
import type { Realm } from '../realm.ts'

/** Kept through a reset, so that ids handed out before it stay usable. */
export const ID_TABLE = 'google.idkey'

/** File ids carry a tag: Drive takes only ids that it generated itself, and need not remember them for that. */
export function createIds({ store, random }: Realm) {
  const table = store.table<string>(ID_TABLE)
  let key = table.get('key')
  if (key === undefined) {
    key = random(32).toString('base64url')
    store.commit(table.put('key', key))
  }
  const secret = key
  const tag = (body: string) => createHmac('sha256', secret).update(body).digest('base64url').slice(0, 8)
  return {
    generate() {
      const body = `1${random(18).toString('base64url')}`
      return body + tag(body)
    },
    isOurs: (id: string) => id.length === 33 && isSame(tag(id.slice(0, 25)), id.slice(25)),
  }
}

export type Ids = ReturnType<typeof createIds>
