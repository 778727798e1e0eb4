import { hostAndPort, isStorableText, type Secret } from '#base'
import { OutboundFailure, type OutboundRequest, unexpectedStatus } from '#outbound'
import type { ProviderCalls } from '../calls/calls.ts'
import type { Claims } from '../provider/definition.ts'
import type { Provider } from '../provider/provider.ts'

/** Whose account it is, as the provider says. */
export type Identity = {
  /** Stable and never reused; with the issuer it names the account. */
  readonly id: string
  readonly name: string
  readonly picture: string | null
}

const MOST_BYTES = 262_144
/** OpenID Connect Core §2: `sub` has at most 255 characters. */
const MOST_ID_LENGTH = 255
const MOST_NAME_LENGTH = 200

/** Asks the userinfo endpoint. @throws OutboundFailure */
export async function fetchIdentity(
  calls: ProviderCalls,
  provider: Provider,
  asked: { readonly token: Secret; readonly sessionId: string; readonly now: Date },
): Promise<Identity> {
  const url = provider.config.userinfoUrl
  const request: OutboundRequest = {
    method: 'GET',
    url,
    headers: { accept: 'application/json', authorization: `Bearer ${asked.token.reveal()}` },
    hosts: [hostAndPort(url)],
    maxBytes: MOST_BYTES,
    purpose: 'ask whose account it is',
  }
  const response = await calls.send(provider, request, { waits: 'person', sessionId: asked.sessionId })
  if (response.status !== 200) throw await unexpectedStatus(response, asked.now)
  const body = await response.json()
  const identity = readIdentity(provider, body)
  if (identity) return identity
  const message = `${new URL(url).host} did not say whose account it is. It is asked again in a moment.`
  throw new OutboundFailure('upstream_not_json', message, { phase: 'answered', hint: 'userinfo without an id' })
}

/** What a provider's profile answer says; undefined when it names no account. */
export function readIdentity(provider: Provider, body: unknown): Identity | undefined {
  const claims: Claims = typeof body === 'object' && body !== null ? { ...body } : {}
  const { identity, name } = provider.definition
  const id = identity.id(claims)
  const label = identity.label(claims)
  const picture = identity.picture(claims, provider.config.picturesUrl)
  if (typeof id !== 'string' || id === '' || id.length > MOST_ID_LENGTH || !isStorableText(id)) return undefined
  return {
    id,
    name: (typeof label === 'string' ? readName(label) : '') || `${name} account ${id.slice(-4)}`,
    picture: typeof picture === 'string' && isPictureUrl(picture) ? picture : null,
  }
}

/** A name comes from outside and goes into logs, headers and pages: no control characters, no direction overrides. */
export function readName(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, MOST_NAME_LENGTH)
    .toWellFormed()
}

function isPictureUrl(text: string): boolean {
  return text.length <= 2048 && isStorableText(text) && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
