import type { ConsoleDeps } from '../deps.ts'
import { createClientActions } from './clients.ts'
import { createKeyActions } from './keys.ts'
import { createRegistrationTokenActions } from './registration-tokens.ts'
import { createUserActions } from './users.ts'

/** What pages and API have in common. */
export type Actions = ReturnType<typeof createActions>

export function createActions(deps: ConsoleDeps) {
  return {
    users: createUserActions(deps),
    clients: createClientActions(deps),
    keys: createKeyActions(deps),
    tokens: createRegistrationTokenActions(deps),
  }
}
