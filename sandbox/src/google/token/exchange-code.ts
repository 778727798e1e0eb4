import type { Client } from '../../oauth/clients.ts'
import { type CodeProblem, examineCode } from '../../oauth/codes.ts'
import { Refusal } from '../../oauth/refusal.ts'
import { issueAccess, issueRefresh } from '../../oauth/tokens.ts'
import type { Realm } from '../realm.ts'
import { issueIdToken } from '../tokens.ts'

const WORDS: Record<CodeProblem, readonly [error: string, description: string]> = {
  missing: ['invalid_request', 'Missing required parameter: code'],
  unknown: ['invalid_grant', 'Bad Request'],
  used: ['invalid_grant', 'Bad Request'],
  expired: ['invalid_grant', 'Bad Request'],
  other_redirect: ['redirect_uri_mismatch', 'Bad Request'],
  verifier_unasked: ['invalid_grant', 'code_verifier or verifier is not needed.'],
  verifier_missing: ['invalid_grant', 'Missing code verifier.'],
  verifier_wrong: ['invalid_grant', 'Invalid code verifier.'],
}

function refusal(problem: CodeProblem, form: URLSearchParams): Refusal {
  const [error, description] = WORDS[problem]
  const malformed = problem === 'unknown' && !form.get('code')?.startsWith('4/')
  return new Refusal(400, error, malformed ? 'Malformed auth code.' : description)
}

export async function exchangeCode(realm: Realm, client: Client, form: URLSearchParams) {
  const examined = examineCode(realm, client, form)
  if ('problem' in examined) throw refusal(examined.problem, form)
  const { value, code } = examined
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
