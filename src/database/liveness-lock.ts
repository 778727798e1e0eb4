import type pg from 'pg'
import type { Log, Secret } from '#base'
import { openClient } from './pool.ts'

const RECONNECT_MS = 250

/** What a process that lives holds: see `openLivenessLock`. */
export type LivenessLock = {
  /** Whether our own lock is held now. While it is not, others may think us dead: do not judge them. */
  held(): boolean
  /**
   * Runs `then` if nobody holds the lock of `id`, holding it meanwhile, so that one process only takes over.
   * Returns whether it ran.
   */
  ifDead(id: string, then: () => Promise<void>): Promise<boolean>
  release(): Promise<void>
}

/**
 * A session-level advisory lock for the life of the process: when it dies in any way the kernel closes the socket
 * and PostgreSQL drops the lock at once (PostgreSQL manual, 13.3.5). A lost connection is retaken every 250 ms.
 */
export async function openLivenessLock(options: {
  url: Secret
  key: (id: string) => string
  id: string
  log: Log
}): Promise<LivenessLock> {
  let client: pg.Client | undefined
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function take(): Promise<void> {
    const fresh = openClient(options.url, 'trivet liveness')
    let lost = false
    const onLost = () => {
      if (lost) return
      lost = true
      if (client === fresh) client = undefined
      if (!closed) timer = setTimeout(() => take().catch(() => undefined), RECONNECT_MS)
    }
    fresh.on('error', onLost)
    fresh.on('end', onLost)
    try {
      await fresh.connect()
      if ((await tryLock(fresh, options.key(options.id))) && !closed) {
        client = fresh
        return
      }
      // Released meanwhile; or the server still holds the session we lost: its lock goes with it, so try again.
      await fresh.end()
    } catch (error) {
      options.log.debug({ error: String(error) }, 'The liveness lock could not be taken')
      onLost()
    }
  }

  await take()
  return {
    held: () => client !== undefined,
    async ifDead(id, then) {
      const session = client
      // A session gets a lock that it holds a second time: our own says nothing (PostgreSQL manual, 13.3.5).
      if (id === options.id) return false
      if (!session || !(await tryLock(session, options.key(id)))) return false
      try {
        await then()
      } finally {
        await session
          .query('select pg_advisory_unlock(hashtextextended($1, 0))', [options.key(id)])
          .catch(() => undefined)
      }
      return true
    },
    async release() {
      closed = true
      clearTimeout(timer)
      await client?.end().catch(() => undefined)
    },
  }
}

async function tryLock(client: pg.Client, key: string): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as got', [
    key,
  ])
  return rows[0]?.got === true
}
