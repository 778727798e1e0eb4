import { registerClient, removeClient } from './client.ts'
import type { StepName } from './names.ts'
import { login, register } from './people.ts'
import type { Step } from './step.ts'
import { askUserinfo, exchangeCode, fetchKeys, introspect, refresh, revoke } from './tokens.ts'

/** Steps that send a request from here. `authorize` is the browser's, `callback` what comes back of it. */
export const STEPS: Readonly<Record<Exclude<StepName, 'authorize' | 'callback'>, Step>> = {
  register,
  login,
  client: registerClient,
  token: exchangeCode,
  jwks: fetchKeys,
  userinfo: askUserinfo,
  refresh,
  introspect,
  revoke,
  remove: removeClient,
}
