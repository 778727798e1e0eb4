import type { Connections, ConnectionView, Usability } from '#connections'
import type { Mashup } from './definition/mashup.ts'
import type { Pause } from './run-view.ts'

/** One account that a mash-up needs, and how things stand with it. */
export type Need = {
  readonly name: string
  readonly provider: string
  readonly providerName: string
  readonly source: 'real' | 'sandbox' | 'unset'
  readonly scopes: readonly string[]
  readonly why: string
  /** What the scopes allow, beyond signing in if there is anything beyond, in plain words to go on from "let Trivet". */
  readonly allows: readonly string[]
  readonly usability: Usability
}

export type Needs = {
  readonly all: readonly Need[]
  /** Of those that are usable: name → connection. */
  readonly connections: Readonly<Record<string, string>>
  /** What the first one that is not usable asks the person for. */
  readonly pause: Pause | null
}

/** Looks at every account a mash-up declares; a visitor (no owner) has none. */
export async function needsOf(
  connections: Pick<Connections, 'check' | 'providers'>,
  ownerId: string | undefined,
  mashup: Mashup,
  chosen: Readonly<Record<string, string>>,
): Promise<Needs> {
  const all: Need[] = []
  for (const [name, connector] of Object.entries(mashup.connect)) {
    const provider = connections.providers.find((one) => one.id === connector.provider)
    if (!provider) throw new Error(`Mash-up ${mashup.id} needs the provider ${connector.provider}, which is not known`)
    const need = { provider: connector.provider, scopes: connector.scopes }
    const usability: Usability = ownerId ? await connections.check(ownerId, need, chosen[name]) : { status: 'missing' }
    const signIn = new Set(provider.describe([]))
    const described = provider.describe(connector.scopes)
    const beyond = described.filter((text) => !signIn.has(text))
    // Where signing in is all there is, that is what will be asked.
    const allows = beyond.length > 0 ? beyond : described
    const { name: providerName, source } = provider
    all.push({ name, ...need, providerName, source, why: connector.why, allows, usability })
  }
  const usable = all.flatMap(({ name, usability }) =>
    usability.status === 'usable' ? [[name, usability.connection.id]] : [],
  )
  const open = all.find((need) => need.usability.status !== 'usable')
  return { all, connections: Object.fromEntries(usable), pause: open ? pauseOf(open) : null }
}

function pauseOf(need: Need): Pause {
  const { provider, scopes, usability, providerName } = need
  switch (usability.status) {
    case 'usable':
    case 'missing':
      return { reason: 'connection_required', provider, scopes, message: `Waiting for you to connect ${providerName}.` }
    case 'needs_reconnect':
      return {
        reason: 'needs_reconnect',
        provider,
        scopes,
        connection_id: usability.connection.id,
        message: `${providerName} no longer lets us in as ${accountOf(usability.connection)}.`,
      }
    case 'missing_scope':
      return {
        reason: 'missing_scope',
        provider,
        scopes,
        connection_id: usability.connection.id,
        message: `${providerName} is connected as ${accountOf(usability.connection)}, but without the permission this needs.`,
      }
  }
}

function accountOf(connection: ConnectionView): string {
  return connection.accountName
}
