import type { AuditActor } from '#accounts'
import { type Client, type ClientEntry, OAuthError } from '#authorization'
import type { TablesOf } from '#database'
import type { ConsoleDeps } from '../deps.ts'
import { problem } from '../errors.ts'
import type { Administrator } from '../gate/administrator.ts'

type Registered = Awaited<ReturnType<ConsoleDeps['clients']['register']>>

/** What administrators do to apps; page and API do the same, and every change is in the audit log. */
export type ClientActions = {
  /** @throws Problem `client_not_found` */
  find(id: string): Promise<ClientEntry>
  /** @param metadata by the words of RFC 7591 @throws Problem `client_metadata_invalid` */
  register(administrator: Administrator, metadata: unknown): Promise<Registered>
  /**
   * @param seenAt `updatedAt` of what was looked at: nobody vouches for a name or an address that came a moment later
   * @throws Problem `client_not_found`, `client_changed`
   */
  setState(
    administrator: Administrator,
    id: string,
    state: { readonly isVerified?: boolean | undefined; readonly isDisabled?: boolean | undefined },
    seenAt?: Date | undefined,
  ): Promise<ClientEntry>
  /** With all that was issued to it. @throws Problem `client_not_found` */
  remove(administrator: Administrator, id: string): Promise<void>
}

export function createClientActions({ accounts, clients }: Pick<ConsoleDeps, 'accounts' | 'clients'>): ClientActions {
  const { audit } = accounts

  async function find(id: string): Promise<ClientEntry> {
    const [entry] = await clients.entries(id)
    if (!entry) throw unknown()
    return entry
  }

  /** Written in the transaction of the change. */
  function noteOf(by: AuditActor, { id, name }: Client, actions: readonly string[]) {
    return async (transaction: TablesOf) => {
      for (const action of actions) {
        await audit.record(by, { action, target: { kind: 'client', id }, details: { name } }, transaction)
      }
    }
  }

  return {
    find,
    async register({ by }, metadata) {
      const note = (client: Client) => noteOf(by, client, ['client.registered'])
      return clients.register({ kind: 'admin', ownerId: null }, metadata, note).catch(refused)
    },
    async setState({ by }, id, { isVerified, isDisabled }, seenAt) {
      const { client, isDisabled: wasDisabled } = await find(id)
      const changes = {
        ...(isVerified === undefined || isVerified === client.isVerified ? {} : { isVerified }),
        ...(isDisabled === undefined || isDisabled === wasDisabled ? {} : { isDisabled }),
      }
      const note = noteOf(by, client, actionsOf(changes))
      if (Object.keys(changes).length > 0 && !(await clients.setState(id, changes, seenAt, note))) {
        await find(id)
        throw problem('client_changed', 'Nothing was done. Look at it once more, then decide.')
      }
      return find(id)
    },
    async remove({ by }, id) {
      const { client } = await find(id)
      await clients.remove(id, noteOf(by, client, ['client.deleted']))
    },
  }
}

function actionsOf({ isVerified, isDisabled }: { isVerified?: boolean; isDisabled?: boolean }): string[] {
  return [
    ...(isVerified === undefined ? [] : [isVerified ? 'client.verified' : 'client.unverified']),
    ...(isDisabled === undefined ? [] : [isDisabled ? 'client.disabled' : 'client.enabled']),
  ]
}

function unknown() {
  return problem('client_not_found', 'It may have been deleted.')
}

/** Words of the specification become words of this API. */
function refused(error: unknown): never {
  if (!(error instanceof OAuthError)) throw error
  throw problem('client_metadata_invalid', `${error.description} (${error.error}).`, { cause: error })
}
