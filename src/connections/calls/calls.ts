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
   * @throws OutboundFailure; Failure `provider_busy` where no turn comes soon enough; what the gate throws.
   */
  send(provider: Provider, request: OutboundRequest, options: CallOptions): Promise<OutboundResponse>
}

export type CallOptions = {
  readonly waits: Waits
  /** Of the browser that asks. */
  readonly sessionId?: string | undefined
  readonly gate?: CallGate | undefined
}

/** What may have become known about an account while its call waited for a turn. */
export type CallGate = {
  /** @throws what the caller is to hear when the call is not to be sent any more */
  pass(): void
  /** With a status, and for how many seconds the provider wants nothing more from this account alone. */
  answered(status: number, pauseSeconds?: number): Promise<void>
}

/** What providers count when they look for clients that have gone wrong. */
const REFUSALS = [401, 403, 429]

export function createProviderCalls(deps: {
  readonly outbound: Outbound
  readonly budget: Budget
  readonly clock: Clock
}): ProviderCalls {
  return {
    async send(provider, request, { gate, ...caller }) {
      await deps.budget.take(provider, { ...caller, signal: request.signal })
      gate?.pass()
      const response = await deps.outbound.send(withUserAgent(request, provider.userAgent))
      const { status } = response
      if (status !== 429) {
        await gate?.answered(status)
        if (REFUSALS.includes(status)) await deps.budget.refused(provider)
        return response
      }
      const limited = await readRateLimit(response, deps.clock.now())
      const { seconds, everybodySeconds, isCounted } = limited.limit
      if (everybodySeconds === undefined) await gate?.answered(status, seconds)
      else await deps.budget.hold(provider, everybodySeconds)
      if (isCounted) await deps.budget.refused(provider)
      return limited.response
    },
  }
}

function withUserAgent(request: OutboundRequest, userAgent: string | undefined): OutboundRequest {
  return userAgent === undefined ? request : { ...request, headers: { ...request.headers, 'user-agent': userAgent } }
}
