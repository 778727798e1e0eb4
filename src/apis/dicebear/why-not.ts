import type { Failure } from '#base'
import type { OutboundErrorCode } from '#outbound'

/** Why a server's avatar was not taken, as one sentence. The failure's own message says what to do, which is done. */
export function whyNot({ data }: Failure, host: string): string {
  const sentences: Partial<Record<OutboundErrorCode, string>> & Record<string, string> = {
    host_not_allowed: `${host} may not be called from here.`,
    address_not_allowed: `${host} is on a private network, where it may not be called.`,
    upstream_unreachable: `${host} could not be reached.`,
    upstream_rate_limited: `${host} asks for a pause.`,
    upstream_unavailable: `${host} has a problem of its own.`,
    upstream_refused: `${host} does not know this style or refused an option.`,
    upstream_too_slow: `${host} took too long to answer.`,
    upstream_broken_off: `The connection to ${host} broke off.`,
    upstream_too_large: `What ${host} sent is too large for an avatar.`,
    svg_not_safe: `What ${host} sent is not safe to show.`,
    dicebear_answer_unusable: `What ${host} sent is not the avatar that was asked for.`,
  }
  return sentences[data.code] ?? `${host} could not draw it.`
}
