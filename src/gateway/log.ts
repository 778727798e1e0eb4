import type { Log } from '#base'
import type { Finished } from './pipeline.ts'

/** Whoever is refused could fill a disk otherwise, at a line of 12 kB each. */
const MOST_LOGGED = 1000

/**
 * One line for each request: never the query, a header or a body. What went well is for those who look for it; what was
 * refused, and what an upstream did wrong, is told.
 */
export function logFinished(log: Log): (what: Finished) => void {
  return ({ requestId, method, path, route, who, address, end, seconds }) => {
    const fields = {
      id: requestId,
      ...{ method, path: path.slice(0, MOST_LOGGED), route: route?.name, address, ms: Math.round(seconds * 1000) },
      client: who?.clientId,
      user: who?.isUser ? who.subject : undefined,
    }
    switch (end.kind) {
      case 'answered':
        return log.debug({ ...fields, status: end.status }, 'gateway')
      case 'refused':
        return log.info({ ...fields, status: end.status, code: end.code, reason: end.reason }, 'gateway: refused')
      case 'too_large':
        return log.info({ ...fields, status: 413 }, 'gateway: body too large')
      case 'failed':
        return log.warn({ ...fields, kind: end.failure.kind, hint: end.failure.cause.message }, 'gateway: no answer')
      case 'ended':
        return log.info({ ...fields, status: end.status ?? 401, why: end.why }, 'gateway: ended')
      case 'broken_off':
        return log.info({ ...fields, status: end.status, by: end.by }, 'gateway: broken off')
    }
  }
}
