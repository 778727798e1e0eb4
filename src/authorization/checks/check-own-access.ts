import type { Client } from '../clients/client.ts'
import { isVouchedFor } from '../clients/stranger.ts'
import { OAuthError } from '../errors.ts'
import type { Api, Apis } from './apis.ts'

/**
 * What a client gets for itself, where nobody is asked (RFC 6749 §4.4): of the APIs behind routes only what their
 * operator lets it have. The routes look again when it comes; this is for those that verify tokens by themselves.
 *
 * @param granted.isAsked whether the request named its scopes; what is there by default is left out without a word
 * @throws OAuthError `invalid_target`, `invalid_scope`
 */
export function checkOwnAccess(
  client: Client,
  granted: { readonly scopes: readonly string[]; readonly resources: readonly string[]; readonly isAsked: boolean },
  rules: { readonly issuer: string; readonly apis: Apis },
): readonly string[] {
  const { scopes, resources, isAsked } = granted
  const isOpen = ({ clientCredentials: who }: Api) => who === 'all' || (who === 'verified' && isVouchedFor(client))
  const isShut = (apis: readonly Api[]) => apis.length > 0 && !apis.some(isOpen)
  const there = rules.apis.list().filter(({ resource }) => resources.includes(resource))
  for (const one of resources) {
    const apis = there.filter(({ resource }) => resource === one)
    if (one !== rules.issuer && isShut(apis)) throw new OAuthError('invalid_target', `${one} ${why(apis)}`)
  }
  const usable = scopes.filter((scope) => {
    const apis = there.filter((api) => api.scopes.includes(scope))
    if (isShut(apis) && isAsked) throw new OAuthError('invalid_scope', `${scope} ${why(apis)}`)
    return !isShut(apis)
  })
  if (usable.length === 0) throw new OAuthError('invalid_scope', 'None of these scopes is for this client by itself')
  return usable
}

function why(apis: readonly Api[]): string {
  return apis.some(({ clientCredentials }) => clientCredentials === 'verified')
    ? 'is only for clients that an administrator verified'
    : 'is for tokens of people only'
}
