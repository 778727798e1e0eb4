import { BadFault } from '../faults/index.ts'
import type { Surroundings } from '../provider.ts'
import { createWindow } from './window.ts'

export type { Verdict } from './window.ts'

function parsePerSecond(body: unknown): number | undefined {
  const asked = typeof body === 'object' && body !== null && 'per_second' in body ? body.per_second : undefined
  if (asked === undefined || asked === null) return undefined
  if (typeof asked === 'number' && Number.isInteger(asked) && asked >= 1) return asked
  throw new BadFault('per_second must be a whole number, 1 or more; without one the usual limit is back')
}

/**
 * A limit per second that holds for real. It is a row of the store, so a restarted sandbox keeps it; the counts are not.
 * @param name of its table
 * @param usual requests per second until told otherwise
 */
export function createLimit({ store, now }: Pick<Surroundings, 'store' | 'now'>, name: string, usual: number) {
  const table = store.table<number>(name)
  const perSecond = () => table.get('per_second') ?? usual
  const window = createWindow(now, perSecond)
  const holdings = () => ({ limit: perSecond(), ...window.counts() })

  return {
    take: window.take,
    perSecond,
    holdings,
    /** The body of `POST /faults/<provider>/limit`: another limit, or the usual one; counting begins anew. */
    change(body: unknown) {
      const asked = parsePerSecond(body)
      store.commit(asked === undefined ? table.drop('per_second') : table.put('per_second', asked))
      window.forget()
      return holdings()
    },
    forget: window.forget,
  }
}

export type Limit = ReturnType<typeof createLimit>
