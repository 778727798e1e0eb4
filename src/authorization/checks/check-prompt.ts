import { OAuthError } from '../errors.ts'
import type { Params } from '../parameters.ts'

/** OpenID Connect Core §3.1.2.1; `create`: Initiating User Registration 1.0. */
export const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create'] as const
export type Prompt = (typeof PROMPTS)[number]

/** @throws OAuthError */
export function checkPrompt(params: Params): readonly Prompt[] {
  const words = (params['prompt'] ?? '').split(' ').filter((word) => word !== '')
  const prompts = words.map((word) => {
    const prompt = PROMPTS.find((known) => known === word)
    if (prompt === undefined) throw new OAuthError('invalid_request', `prompt must be of: ${PROMPTS.join(', ')}`)
    return prompt
  })
  if (prompts.includes('none') && prompts.length > 1) {
    throw new OAuthError('invalid_request', 'prompt none goes with no other')
  }
  return prompts
}

/** Seconds since the person proved who they are. @throws OAuthError */
export function checkMaxAge(params: Params): number | undefined {
  const text = params['max_age']
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new OAuthError('invalid_request', 'max_age must be a number of seconds')
  return Number(text)
}
