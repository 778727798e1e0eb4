import type { Change } from '../state/index.ts'
import type { Client } from './clients.ts'
import type { OAuthRealm } from './realm.ts'
import type { Code } from './records.ts'
import { provesChallenge } from './secrets.ts'
import { killTokens } from './tokens.ts'

const CODE_LIFE_MS = 10 * 60 * 1000

/** A fresh code to be committed by the caller. */
export function issueCode(
  { records, random, now }: OAuthRealm,
  value: string,
  what: Omit<Code, 'createdAt' | 'family' | 'used'>,
): Change {
  return records.codes.put(value, { ...what, createdAt: now(), family: random(9).toString('base64url'), used: false })
}

/** What can be wrong with a code, in the order in which it is looked at. */
export type CodeProblem =
  | 'missing'
  | 'unknown'
  | 'used'
  | 'expired'
  | 'other_redirect'
  | 'verifier_unasked'
  | 'verifier_missing'
  | 'verifier_wrong'

function checkVerifier({ challenge }: Code, verifier: string | null): CodeProblem | undefined {
  if (!challenge) return verifier === null ? undefined : 'verifier_unasked'
  if (verifier === null) return 'verifier_missing'
  return provesChallenge(verifier, challenge) ? undefined : 'verifier_wrong'
}

/** RFC 6749, 4.1.3: bound to client and redirect URI, used once; a second use kills what the first one gave. */
export function examineCode(
  realm: OAuthRealm,
  client: Client,
  form: URLSearchParams,
): { value: string; code: Code } | { problem: CodeProblem } {
  const value = form.get('code')
  if (!value) return { problem: 'missing' }
  const code = realm.records.codes.get(value)
  if (!code || code.client !== client.id) return { problem: 'unknown' }
  if (code.used) {
    realm.records.commit(...killTokens(realm, ({ family }) => family === code.family))
    return { problem: 'used' }
  }
  if (realm.now() > code.createdAt + CODE_LIFE_MS) return { problem: 'expired' }
  if (form.get('redirect_uri') !== code.redirectUri) return { problem: 'other_redirect' }
  const problem = checkVerifier(code, form.get('code_verifier'))
  return problem ? { problem } : { value, code }
}
