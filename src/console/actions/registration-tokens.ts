import type { RegistrationTokenEntry } from '#authorization'
import type { TablesOf } from '#database'
import type { ConsoleDeps } from '../deps.ts'
import { problem } from '../errors.ts'
import type { Administrator } from '../gate/administrator.ts'

/** `expiresIn` in seconds; without it, or without `uses`, there is no end. */
export type NewToken = {
  readonly note: string
  readonly expiresIn?: number | undefined
  readonly uses?: number | undefined
}

/** Initial access tokens (RFC 7591 §3): who holds one may register apps at `POST /client`. */
export type RegistrationTokenActions = {
  list(): Promise<readonly RegistrationTokenEntry[]>
  /** @returns the token, shown once @throws Problem `registration_off` */
  create(administrator: Administrator, token: NewToken): Promise<{ readonly id: string; readonly token: string }>
  /** @throws Problem `registration_token_not_found` */
  remove(administrator: Administrator, id: string): Promise<void>
}

const MOST = 200

export function createRegistrationTokenActions(
  deps: Pick<ConsoleDeps, 'accounts' | 'clients' | 'takesRegistrationTokens'>,
): RegistrationTokenActions {
  const { audit } = deps.accounts
  return {
    list: () => deps.clients.registrationTokens(MOST),
    async create({ by }, { note, expiresIn, uses }) {
      if (!deps.takesRegistrationTokens) {
        throw problem('registration_off', 'TRIVET_REGISTRATION is off. Set it to token, mcp or open first.')
      }
      const limits = { ...(expiresIn === undefined ? {} : { expiresIn }), ...(uses === undefined ? {} : { uses }) }
      const details = { note, ...limits }
      return deps.clients.createRegistrationToken(details, (id) => (transaction) => {
        const target = { kind: 'registration_token', id } as const
        return audit.record(by, { action: 'registration_token.created', target, details }, transaction)
      })
    },
    async remove({ by }, id) {
      const entry = { action: 'registration_token.deleted', target: { kind: 'registration_token', id } } as const
      const note = (transaction: TablesOf) => audit.record(by, entry, transaction)
      if (!(await deps.clients.removeRegistrationToken(id, note))) {
        throw problem('registration_token_not_found', 'It may be used up, or over.')
      }
    },
  }
}
