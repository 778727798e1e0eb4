import type { Client } from '../clients/client.ts'
import { OAuthError } from '../errors.ts'
import type { Params } from '../parameters.ts'
import { RESPONSE_MODES, type ResponseMode } from './check-place.ts'

/** RFC 6749 §3.1.1. `code` alone: the implicit grant is gone (RFC 9700 §2.1.2). @throws OAuthError */
export function checkResponseType(params: Params, client: Client): void {
  const type = params['response_type']
  if (type === undefined) throw new OAuthError('invalid_request', 'response_type is missing')
  if (type !== 'code') throw new OAuthError('unsupported_response_type', 'response_type must be code')
  if (!client.responseTypes.includes('code') || !client.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'The client is not registered for response_type code')
  }
}

/** OAuth 2.0 Multiple Response Types §2.1; the allow-list of ASVS 5.0, 10.4.12. @throws OAuthError */
export function checkResponseMode(params: Params): ResponseMode {
  const asked = params['response_mode'] ?? 'query'
  const mode = RESPONSE_MODES.find((known) => known === asked)
  if (mode === undefined) {
    throw new OAuthError('invalid_request', `response_mode must be one of: ${RESPONSE_MODES.join(', ')}`)
  }
  return mode
}

/** OpenID Connect Core §3.1.2.6: what carries a request elsewhere is refused by name as long as it is not read. @throws OAuthError */
export function refuseRequestObjects(params: Params): void {
  if ('request' in params) throw new OAuthError('request_not_supported', 'Request objects are not supported')
  if ('request_uri' in params) throw new OAuthError('request_uri_not_supported', 'request_uri is not supported')
  if ('registration' in params) {
    throw new OAuthError('registration_not_supported', 'The registration parameter is not supported')
  }
}
