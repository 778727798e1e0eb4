import type { ClientEntry } from '#authorization'
import { ButtonLink, EmptyState, Table, Tag, Time, type VNode } from '#ui'
import { ConsoleFrame, type Frame } from './frame.tsx'
import { NextPage, SearchFields, SearchForm } from './list-parts.tsx'
import { clientLink } from './user-page.tsx'

const PATH = '/console/clients'

const STATES = [
  { value: 'unverified', label: 'unverified' },
  { value: 'verified', label: 'verified' },
  { value: 'disabled', label: 'switched off' },
] as const

/** `/console/clients`. */
export function clientsPage(
  props: Frame & {
    readonly clients: readonly ClientEntry[]
    readonly next: string | null
    readonly asked: { readonly search: string; readonly state: string }
  },
): VNode {
  const { page, clients, next, asked } = props
  return (
    <ConsoleFrame
      {...props}
      title="Apps"
      lead="Applications that may ask people for something, the newest first."
      aside={
        <ButtonLink id="client-new" kind="quiet" href={page.href('/console/clients/new')}>
          Register an app
        </ButtonLink>
      }
    >
      <SearchForm page={page} id="client-search" path={PATH}>
        <SearchFields {...asked} label="Name, id or redirect address" states={STATES} />
      </SearchForm>
      {clients.length === 0 ? (
        <EmptyState id="no-clients" heading="No app that fits">
          Apps are registered here, by their developers at /client, or by command.
        </EmptyState>
      ) : (
        <Table
          id="clients"
          caption="Apps"
          captionHidden
          headers={['Name', 'State', 'Registered by', 'Since', 'Last used']}
          rows={clients.map((entry) => [
            clientLink(page, entry.client.id, entry.client.name),
            <ClientTags key="state" entry={entry} />,
            REGISTRANTS[entry.client.registeredBy] ?? entry.client.registeredBy,
            <Time key="since" at={entry.createdAt} dateOnly />,
            entry.usedAt === null ? 'never' : <Time key="used" at={entry.usedAt} />,
          ])}
        />
      )}
      <NextPage page={page} path={PATH} query={asked} from={['after', next]} />
    </ConsoleFrame>
  )
}

/** In words, who brought an app here. */
export const REGISTRANTS: Readonly<Record<string, string>> = {
  anonymous: 'itself',
  token: 'a registration token',
  user: 'a user',
  admin: 'an administrator',
  document: 'its own document',
}

export function ClientTags({ entry: { client, isDisabled } }: { readonly entry: ClientEntry }) {
  return (
    <span class="row">
      {client.isVerified ? <Tag tone="ok">verified</Tag> : <Tag tone="warn">unverified</Tag>}
      {isDisabled ? <Tag tone="bad">switched off</Tag> : null}
    </span>
  )
}
