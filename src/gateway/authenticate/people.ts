import type { Accounts, User } from '#accounts'
import { type Clock, describeError, type Log } from '#base'

/** What is known of people whose tokens come by. */
export type People = {
  name(publicId: string): Promise<string | undefined>
  /** Notes a use of this server ("operation time"); nobody waits for it. */
  isHere(user: Pick<User, 'id' | 'isStale'>): void
}

const KEEP_MS = 30_000
const MOST = 10_000

/**
 * Names of users for the headers of identity, looked up twice a minute at most: a name is shown, nothing is decided by
 * it. Whoever is disabled or deleted loses their tokens by revocation, at once.
 */
export function createPeople(deps: {
  readonly accounts: Pick<Accounts, 'userByPublicId' | 'noteUse'>
  readonly clock: Clock
  readonly log: Log
}): People {
  const { accounts, log } = deps
  const names = new Map<string, { readonly name: Promise<string | undefined>; readonly until: number }>()

  function isHere(user: Pick<User, 'id' | 'isStale'>): void {
    accounts.noteUse(user).catch((error: unknown) => {
      log.warn({ error: describeError(error) }, 'The time of a use could not be noted')
    })
  }

  async function look(publicId: string): Promise<string | undefined> {
    const user = await accounts.userByPublicId(publicId)
    if (user) isHere(user)
    return user?.username
  }

  return {
    isHere,
    name(publicId) {
      const now = deps.clock.now().getTime()
      const known = names.get(publicId)
      if (known && known.until > now) return known.name
      const name = look(publicId)
      // A database that is away for a moment is not remembered.
      name.catch(() => names.delete(publicId))
      names.delete(publicId)
      if (names.size >= MOST) names.delete(names.keys().next().value ?? '')
      names.set(publicId, { name, until: now + KEEP_MS })
      return name
    },
  }
}
