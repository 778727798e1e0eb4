import type { Accounts } from '#accounts'
import type { Clock } from '#base'

const KEEP_MS = 30_000
const MOST = 10_000

/**
 * Names of users for the headers of identity, looked up twice a minute at most: a name is shown, nothing is decided by
 * it. Whoever is disabled or deleted loses their tokens by revocation, at once.
 */
export function createPeople(deps: { accounts: Pick<Accounts, 'userByPublicId'>; clock: Clock }) {
  const names = new Map<string, { readonly name: Promise<string | undefined>; readonly until: number }>()
  return {
    name(publicId: string): Promise<string | undefined> {
      const now = deps.clock.now().getTime()
      const known = names.get(publicId)
      if (known && known.until > now) return known.name
      const name = deps.accounts.userByPublicId(publicId).then((user) => user?.username)
      // A database that is away for a moment is not remembered.
      name.catch(() => names.delete(publicId))
      names.delete(publicId)
      if (names.size >= MOST) names.delete(names.keys().next().value ?? '')
      names.set(publicId, { name, until: now + KEEP_MS })
      return name
    },
  }
}
