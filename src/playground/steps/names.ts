/** All that can be done here, in the order of the page. */
export const STEP_NAMES = [
  'register',
  'login',
  'client',
  'authorize',
  'callback',
  'token',
  'jwks',
  'userinfo',
  'refresh',
  'introspect',
  'revoke',
  'remove',
] as const

export type StepName = (typeof STEP_NAMES)[number]

/** Steps that hang on what an earlier one gave: done again, that one makes them void. */
const OF_A_CODE: readonly StepName[] = ['token', 'jwks', 'userinfo', 'refresh', 'introspect', 'revoke']
const AFTER: Partial<Record<StepName, readonly StepName[]>> = {
  client: ['authorize', 'callback', ...OF_A_CODE, 'remove'],
  authorize: ['callback', ...OF_A_CODE],
  callback: OF_A_CODE,
  token: OF_A_CODE.filter((name) => name !== 'token'),
}

export function isStepName(text: string): text is StepName {
  return STEP_NAMES.some((name) => name === text)
}

export function stepsAfter(name: StepName): readonly StepName[] {
  return AFTER[name] ?? []
}
