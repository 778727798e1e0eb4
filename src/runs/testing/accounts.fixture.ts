import { Failure, newId } from '#base'
import type { Connections, ConnectionView, Usability } from '#connections'

type Status = Usability['status']

/** Accounts at a provider called Parcel, kept in memory: what the room `connections` says of them is set by the test. */
export function createTestAccounts() {
  const kept = new Map<string, { ownerId: string; view: ConnectionView; status: Exclude<Status, 'missing'> }>()
  const begun: Parameters<Connections['begin']>[0][] = []

  const own = (ownerId: string) => [...kept.values()].filter((one) => one.ownerId === ownerId)
  const usability = ({ view, status }: { view: ConnectionView; status: Exclude<Status, 'missing'> }): Usability =>
    status === 'usable' ? { status, connection: view } : { status, connection: view, missing: view.missingScopes }

  const connections: Pick<Connections, 'account' | 'begin' | 'check' | 'describe' | 'list' | 'providers'> = {
    providers: [
      {
        id: 'parcel',
        name: 'Parcel',
        source: 'sandbox',
        describe: (scopes) => ['know who you are', ...scopes.map((scope) => `use ${scope}`)],
      },
    ],
    // The rule of the real room: a preferred account is taken whatever its state, else the first usable one.
    async check(ownerId, _need, preferredId) {
      const all = own(ownerId).map(usability)
      const preferred = all.find((one) => one.status !== 'missing' && one.connection.id === preferredId)
      return preferred ?? all.find((one) => one.status === 'usable') ?? all[0] ?? { status: 'missing' }
    },
    describe: async (_tables, ownerId) =>
      own(ownerId).map(({ view: { id, accountName: name, connectedAt: at } }) => ({
        ...{ kind: 'connection' as const, id, name, state: 'connected', at },
      })),
    list: async (ownerId) => own(ownerId).map(({ view }) => view),
    async begin(input) {
      begun.push(input)
      return 'https://parcel.example/authorize'
    },
    account: ({ ownerId, connectionId, accountName = '' }) => ({
      connectionId,
      provider: 'parcel',
      name: accountName,
      picturesUrl: undefined,
      pictureHosts: [],
      learn: async () => undefined,
      async send() {
        if (kept.get(connectionId)?.ownerId === ownerId) throw new Error('nothing is sent in these tests')
        const gone = { kind: 'needs_reconnect', code: 'connection_not_found', message: 'Gone.', connectionId } as const
        throw new Failure(gone)
      },
    }),
  }

  return {
    connections,
    /** What `begin` was asked for. */
    begun,
    connect(ownerId: string, accountName: string, status: Exclude<Status, 'missing'> = 'usable'): ConnectionView {
      const view = viewOf(accountName, status)
      kept.set(view.id, { ownerId, view, status })
      return view
    },
    /** To another owner, as when a guest's account is taken along. */
    give({ id }: ConnectionView, ownerId: string): void {
      const one = kept.get(id)
      if (one) kept.set(id, { ...one, ownerId })
    },
    disconnect({ id }: ConnectionView): void {
      kept.delete(id)
    },
    become({ id }: ConnectionView, status: Exclude<Status, 'missing'>): void {
      const one = kept.get(id)
      if (!one) throw new Error(`no account ${id}`)
      // Usable again it is by being connected again.
      const connectedAt = new Date(Math.max(Date.now(), one.view.connectedAt.getTime() + 1))
      kept.set(id, { ...one, status, view: status === 'usable' ? { ...one.view, connectedAt } : one.view })
    },
  }
}

export function viewOf(accountName: string, status: Exclude<Status, 'missing'> = 'usable'): ConnectionView {
  return {
    id: newId(),
    provider: 'parcel',
    providerName: 'Parcel',
    accountId: accountName,
    accountName,
    accountPicture: null,
    status: status === 'needs_reconnect' ? 'needs_reconnect' : 'active',
    reason: null,
    reasonCode: null,
    grantedScopes: [],
    missingScopes: status === 'missing_scope' ? ['parcels'] : [],
    connectedAt: new Date(),
    accessExpiresAt: null,
    hasRefreshToken: true,
    usedAt: null,
  }
}
