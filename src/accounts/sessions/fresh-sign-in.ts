import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { problem } from '../errors.ts'
import { confirmFirst } from '../login/way-on.ts'
import { isSessionFresh } from '../store/fresh-session.ts'
import type { AccountTables } from '../store/tables.ts'

/** Five minutes: long enough for the form that was asked for, too short for a browser that was left open. */
const FRESH_SECONDS = 5 * 60

/**
 * For what must not be done by a session that was borrowed or forgotten (ASVS 5.0, 7.5.1): its person has proved who
 * they are just now, or does so first, on `/account/confirm`.
 */
export type FreshSignIn = {
  /**
   * For pages, shown and sent: where to go first, by 303.
   *
   * @param returnTo a page that GET shows: what was typed into a form is lost on the way, so ask before showing it
   * @param seconds how old the proof may be; 5 minutes unless told
   * @returns undefined when nothing has to be confirmed, or nobody is signed in (which is to be asked before)
   */
  confirmFirst(request: FastifyRequest, returnTo: string, seconds?: number): Promise<string | undefined>
  /**
   * For JSON by cookie; login tokens say themselves how old they are.
   *
   * @throws Problem `confirmation_required` (403), whose `confirm_url` is the page to open in this browser
   */
  requireFreshSignIn(request: FastifyRequest, seconds?: number): Promise<void>
}

export function createFreshSignIn(deps: { tables: Kysely<AccountTables> }): FreshSignIn {
  async function isFresh({ caller }: FastifyRequest, seconds: number): Promise<boolean> {
    return caller?.user !== undefined && isSessionFresh(deps.tables, { id: caller.sessionId, seconds })
  }

  return {
    async confirmFirst(request, returnTo, seconds = FRESH_SECONDS) {
      if (request.caller?.user === undefined || (await isFresh(request, seconds))) return undefined
      return confirmFirst(returnTo)
    },
    async requireFreshSignIn(request, seconds = FRESH_SECONDS) {
      if (await isFresh(request, seconds)) return
      const members = { confirm_url: '/account/confirm' }
      throw problem('confirmation_required', 'Confirm that it is you, at confirm_url, then try again.', { members })
    },
  }
}
