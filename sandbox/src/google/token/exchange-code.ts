import { createHash } from 'node:crypto'
import type { Client } from '../clients.ts'
import { isSame, type Realm } from '../realm.ts'
import type { Code } from '../records.ts'
import { issueAccess, issueIdToken, issueRefresh, killTokens } from '../tokens.ts'
import { Refusal } from './refusal.ts'

const CODE_LIFE_MS = 10 * 60 * 1000

function checkVerifier({ challenge }: Code, verifier: string | null) {
  if (!challenge) {
    if (verifier !== null) throw new Refusal(400, 'invalid_grant', 'code_verifier or verifier is not needed.')
    return
  }
  if (verifier === null) throw new Refusal(400, 'invalid_grant', 'Missing code verifier.')
  // RFC 7636, 4.6
  const proof = challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  if (!isSame(proof, challenge.value)) throw new Refusal(400, 'invalid_grant', 'Invalid code verifier.')
}

/** RFC 6749, 4.1.3: bound to client and redirect URI, used once; a second use kills what the first one gave. */
function checkCode(realm: Realm, client: Client, form: URLSearchParams): [string, Code] {
  const value = form.get('code')
  if (!value) throw new Refusal(400, 'invalid_request', 'Missing required parameter: code')
  const code = realm.records.codes.get(value)
  if (!code || code.client !== client.id) {
    throw new Refusal(400, 'invalid_grant', value.startsWith('4/') ? 'Bad Request' : 'Malformed auth code.')
  }
  if (code.used) {
    realm.records.commit(...killTokens(realm, ({ family }) => family === code.family))
    throw new Refusal(400, 'invalid_grant', 'Bad Request')
  }
  if (realm.now() > code.createdAt + CODE_LIFE_MS) throw new Refusal(400, 'invalid_grant', 'Bad Request')
  if (form.get('redirect_uri') !== code.redirectUri) throw new Refusal(400, 'redirect_uri_mismatch', 'Bad Request')
  checkVerifier(code, form.get('code_verifier'))
  return [value, code]
}

export async function exchangeCode(realm: Realm, client: Client, form: URLSearchParams) {
  const [value, code] = checkCode(realm, client, form)
  const access = issueAccess(realm, code, 'token.exchange')
  const withheld = code.refreshable && realm.faults.take('google', 'token.exchange', 'omit_refresh_token')
  const refresh = code.refreshable && !withheld ? issueRefresh(realm, code) : undefined
  realm.records.commit(
    realm.records.codes.put(value, { ...code, used: true }),
    access.change,
    ...(refresh?.changes ?? []),
  )
  return {
    access_token: access.token,
    expires_in: access.seconds,
    ...(refresh && { refresh_token: refresh.token }),
    scope: code.scopes.join(' '),
    token_type: 'Bearer',
    ...(code.scopes.includes('openid') && { id_token: await issueIdToken(realm, code, access.token) }),
  }
}
