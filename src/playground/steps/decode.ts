import { FOREIGN_ALGORITHMS, KeysNotUsable, type PublicKeys, parsePublicKeys, verifyForeignJwt } from '#crypto'
import type { Steps } from '../visits/visits.ts'
import { jsonOf } from '../wire/exchange.ts'
import type { Facts } from './facts.ts'

/** A token taken apart, and what a client or an API has to check in it. */
export type DecodedToken = {
  readonly kind: 'access' | 'id'
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly checks: readonly { readonly what: string; readonly holds: boolean }[]
}

const TYPES = { access: ['at+jwt'], id: ['jwt'] }

/**
 * The tokens there are, each checked with the keys that `/jwks` answered, as an app would: OpenID Connect Core §3.1.3.7,
 * RFC 9068 §4. Empty before the keys were asked for.
 */
export async function decodeTokens(
  steps: Steps,
  facts: Facts,
  here: { readonly issuer: string; readonly now: Date },
): Promise<readonly DecodedToken[]> {
  const answer = steps.get('jwks')?.exchange.answer
  if (answer?.status !== 200 || !facts.tokens) return []
  const { access, id, areRenewed } = facts.tokens
  const all = [
    ...(id === undefined ? [] : [{ kind: 'id', token: id } as const]),
    { kind: 'access', token: access } as const,
  ]
  return Promise.all(
    all.map(async ({ kind, token }) => {
      const { header, claims } = takeApart(token)
      const types = TYPES[kind]
      const keys = keysNamed(header['kid'], jsonOf(answer)['keys'])
      const verified = keys && (await verifyForeignJwt(token, { keys, algorithms: FOREIGN_ALGORITHMS, types }))
      const { exp, iss, aud } = claims
      const audience = kind === 'id' ? facts.client?.id : here.issuer
      return {
        ...{ kind, header, claims },
        checks: [
          { what: `signed with the key "${header['kid']}" of /jwks`, holds: verified !== undefined },
          {
            what: `typ is ${kind === 'id' ? 'JWT' : 'at+jwt'}`,
            holds: types.includes(String(header['typ']).toLowerCase()),
          },
          { what: `iss is ${here.issuer}`, holds: iss === here.issuer },
          { what: `aud is ${audience}`, holds: [aud].flat().includes(audience) },
          { what: 'exp is still to come', holds: typeof exp === 'number' && exp * 1000 > here.now.getTime() },
          ...(kind === 'id' && !areRenewed
            ? [{ what: 'nonce is the one that was sent', holds: claims['nonce'] === facts.asked?.nonce }]
            : []),
        ],
      }
    }),
  )
}

/** The one that the token names, out of all that have not retired; undefined where it is not there any more. */
function keysNamed(kid: unknown, all: unknown): PublicKeys | undefined {
  const named = (Array.isArray(all) ? all : []).filter((key) => typeof key === 'object' && key?.kid === kid)
  try {
    return parsePublicKeys({ keys: named })
  } catch (error) {
    if (error instanceof KeysNotUsable) return undefined
    throw error
  }
}

function takeApart(token: string) {
  const [header = '', claims = ''] = token.split('.')
  return { header: decoded(header), claims: decoded(claims) }
}

/** RFC 7515 §2: base64url of JSON. */
function decoded(part: string): Readonly<Record<string, unknown>> {
  return jsonOf({ status: 200, headers: [], body: Buffer.from(part, 'base64url').toString() })
}
