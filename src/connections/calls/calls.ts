import type { Clock } from '#base'
import type { Outbound, OutboundRequest, OutboundResponse } from '#outbound'
import type { Provider } from '../provider/provider.ts'
import type { Budget, Waits } from './budget.ts'
import { readRateLimit } from './rate-limit.ts'

/** The one way to a provider: token endpoint, userinfo, revocation and API alike. */
export type ProviderCalls = {
  /**
   * Waits for a turn, and sends. Any status is an answer; a 429 holds back whom it is meant for.
   *
   * @throws OutboundFailure; Failure `provider_busy` where no turn comes soon enough.
   */
  send(provider: Provider, request: OutboundRequest, options: { readonly waits: Waits }): Promise<OutboundResponse>
}

export function createProviderCalls(deps: {
  readonly outbound: Outbound
  readonly budget: Budget
  readonly clock: Clock
}): ProviderCalls {
  return {
    async send(provider, request, { waits }) {
      await deps.budget.take(provider, { waits, signal: request.signal })
      const response = await deps.outbound.send(withUserAgent(request, provider.userAgent))
      if (response.status !== 429) return response
      const limited = await readRateLimit(response, deps.clock.now())
      if (limited.limit.everybody) await deps.budget.hold(provider, limited.limit.seconds)
      return limited.response
    },
  }
}

function withUserAgent(request: OutboundRequest, userAgent: string | undefined): OutboundRequest {
  return userAgent === undefined ? request : { ...request, headers: { ...request.headers, 'user-agent': userAgent } }
}
