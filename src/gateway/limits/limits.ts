import { networkOf } from '#authorization'
import type { Who } from '../authenticate/who.ts'
import type { Route, RouteRateLimit } from '../routes/route.ts'
import type { Windows } from './windows.ts'

/** That a route has taken enough of somebody for now. */
export type TooMany = { readonly detail: string /** Seconds. */; readonly wait: number }

/** The rate limits of routes; each request is counted once before and once after its caller is known. */
export type Limits = {
  byAddress(route: Route, address: string): TooMany | undefined
  byCaller(route: Route, who: Who, address: string): TooMany | undefined
}

export function createLimits(windows: Windows): Limits {
  function take(route: Route, whose: Partial<Record<RouteRateLimit['per'], string>>): TooMany | undefined {
    for (const [index, limit] of route.rateLimits.entries()) {
      const one = whose[limit.per]
      if (one === undefined) continue
      const wait = windows.take(`${ruleOf(route, index, limit)} ${one}`, limit)
      if (wait === 0) continue
      return {
        detail: `${limit.most} requests in ${limit.seconds} seconds are allowed. Try again in ${wait} s.`,
        wait,
      }
    }
    return undefined
  }

  return {
    // Whoever has one IPv6 address has 2^64 of them (RFC 6177 §2).
    byAddress: (route, address) =>
      route.rateLimits.length === 0 ? undefined : take(route, { address: networkOf(address) }),
    byCaller: (route, { issuer, clientId, subject }, address) =>
      route.rateLimits.length === 0
        ? undefined
        : take(route, {
            // Ids of clients are of their issuer, as those of people are.
            client: clientId === undefined ? networkOf(address) : `${issuer} ${clientId}`,
            user: subject === '' ? networkOf(address) : `${issuer} ${subject}`,
          }),
  }
}

/**
 * Of one limit of one route: others on the same path count for themselves, and one that was changed in the file begins
 * anew, since what was counted is of other windows.
 */
function ruleOf({ name, methods }: Route, index: number, { most, seconds, per }: RouteRateLimit): string {
  return `${name} ${methods?.join() ?? '*'} ${index} ${most}/${seconds}/${per}`
}
