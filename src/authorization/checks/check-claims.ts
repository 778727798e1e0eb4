import { isStorableText } from '#base'
import { OAuthError } from '../errors.ts'
import type { Params } from '../parameters.ts'

type Plain = string | number | boolean

/** How one claim is asked for (OpenID Connect Core §5.5.1); null: as it is. */
type ClaimWish = { readonly essential?: boolean; readonly value?: Plain; readonly values?: readonly Plain[] } | null

/** The `claims` parameter: what is asked for in the ID token and from userinfo. */
export type RequestedClaims = {
  readonly id_token?: Readonly<Record<string, ClaimWish>>
  readonly userinfo?: Readonly<Record<string, ClaimWish>>
}

const MOST_CLAIMS = 100

/**
 * OpenID Connect Core §5.5. Only what is understood is kept, so that nothing nested or foreign gets stored (members
 * that are not understood are to be ignored).
 *
 * @throws OAuthError
 */
export function checkClaims(params: Params): RequestedClaims | undefined {
  const text = params['claims']
  if (text === undefined) return undefined
  const parsed = parseJson(text)
  if (!isObject(parsed)) throw new OAuthError('invalid_request', 'claims must be a JSON object')
  const idToken = readWishes(parsed['id_token'])
  const userinfo = readWishes(parsed['userinfo'])
  return { ...(idToken ? { id_token: idToken } : {}), ...(userinfo ? { userinfo } : {}) }
}

function readWishes(source: unknown): Readonly<Record<string, ClaimWish>> | undefined {
  if (source === undefined || source === null) return undefined
  if (!isObject(source)) throw new OAuthError('invalid_request', 'claims must hold objects')
  const entries = Object.entries(source)
  if (entries.length > MOST_CLAIMS) throw new OAuthError('invalid_request', 'claims asks for too many')
  const named = entries.filter(([name]) => isStorableText(name))
  return Object.fromEntries(named.map(([name, wish]) => [name, readWish(wish)]))
}

function readWish(wish: unknown): ClaimWish {
  if (wish === null) return null
  if (!isObject(wish)) throw new OAuthError('invalid_request', 'claims must ask with null or an object')
  const { essential, value, values } = wish
  return {
    ...(typeof essential === 'boolean' ? { essential } : {}),
    ...(isPlain(value) ? { value } : {}),
    ...(Array.isArray(values) ? { values: values.filter(isPlain).slice(0, MOST_CLAIMS) } : {}),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new OAuthError('invalid_request', 'claims is not JSON')
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON can write NUL and lone surrogates, which PostgreSQL cannot keep. */
function isPlain(value: unknown): value is Plain {
  if (typeof value === 'string') return isStorableText(value)
  return typeof value === 'number' || typeof value === 'boolean'
}
