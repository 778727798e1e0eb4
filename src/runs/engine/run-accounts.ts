import { Failure } from '#base'
import type { AccountHandle, AccountRequest, Connections, ConnectionView } from '#connections'
import type { OutboundResponse } from '#outbound'
import { markOf } from '../account-mark.ts'
import type { Mashup } from '../definition/mashup.ts'
import type { Run } from '../run-view.ts'

/**
 * The accounts of one run by their names in `connect`. Which connection stands behind a name may change while the run
 * waits: a disconnected account that is connected again is another connection. And a guest who signs in may take a run
 * along while it works: then its accounts are looked for again, among those of its owner now.
 */
export type RunAccounts = {
  handle(name: string): AccountHandle
  /** Name that a connection serves. */
  nameOf(connectionId: string | undefined): string | undefined
  /** The provider's accounts of the owner as they are now. */
  marks(provider: string): Promise<string[]>
  /** Looks again which connections the run has, after a pause. */
  renew(): Promise<void>
}

export async function openRunAccounts(
  deps: {
    connections: Pick<Connections, 'account' | 'list'>
    reload: (runId: string) => Promise<Run | undefined>
  },
  run: Run,
  mashup: Mashup,
): Promise<RunAccounts> {
  const handles = new Map<string, AccountHandle>()
  let current = run.connections
  let { ownerId } = run
  let accounts: readonly ConnectionView[] = []
  const look = async () => {
    // Without accounts there is nobody to ask about.
    if (Object.keys(mashup.connect).length > 0) accounts = await deps.connections.list(ownerId)
  }
  await look()

  function inner(name: string): AccountHandle {
    const connectionId = current[name]
    const connector = mashup.connect[name]
    if (connectionId === undefined || !connector) throw new Error(`Run ${run.id} has no connection for "${name}"`)
    const known = handles.get(connectionId)
    if (known) return known
    const need = { provider: connector.provider, scopes: connector.scopes }
    const accountName = accounts.find((one) => one.id === connectionId)?.accountName
    const handle = deps.connections.account({ ownerId, connectionId, need, accountName })
    handles.set(connectionId, handle)
    return handle
  }

  async function renew(): Promise<void> {
    const now = await deps.reload(run.id)
    if (now && now.ownerId !== ownerId) {
      handles.clear()
      ownerId = now.ownerId
    }
    current = now?.connections ?? current
    await look()
  }

  async function send(name: string, request: AccountRequest): Promise<OutboundResponse> {
    const before = ownerId
    try {
      return await inner(name).send(request)
    } catch (error) {
      if (!isGone(error)) throw error
      if (ownerId === before) await renew()
      // Nobody else's fault than the owner's, who disconnected it.
      if (ownerId === before) throw error
      return await inner(name).send(request)
    }
  }

  return {
    handle: (name) => ({
      get connectionId() {
        return inner(name).connectionId
      },
      get provider() {
        return inner(name).provider
      },
      get name() {
        return inner(name).name
      },
      get picturesUrl() {
        return inner(name).picturesUrl
      },
      get pictureHosts() {
        return inner(name).pictureHosts
      },
      send: (request) => send(name, request),
      learn: (profile) => inner(name).learn(profile),
    }),
    nameOf: (connectionId) => Object.keys(current).find((name) => current[name] === connectionId),
    async marks(provider) {
      const now = await deps.connections.list(ownerId)
      return now.filter((one) => one.provider === provider).map(markOf)
    },
    renew,
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Failure && error.data.code === 'connection_not_found'
}
