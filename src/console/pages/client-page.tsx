import type { UserRecord } from '#accounts'
import type { ClientEntry } from '#authorization'
import { Button, ButtonLink, Card, Form, KeyValues, Time, type VNode } from '#ui'
import { ClientTags, REGISTRANTS } from './clients-page.tsx'
import { ConsoleFrame, type Frame } from './frame.tsx'

type ClientPage = Frame & { readonly entry: ClientEntry; readonly owner: UserRecord | undefined }

/** `/console/client?id=…`. The name is whatever somebody typed. */
export function clientPage(props: ClientPage): VNode {
  const { page, entry, owner } = props
  const { client, createdAt, usedAt } = entry
  const byUser = owner && <a href={page.href(`/console/users/${owner.id}`)}>{owner.username}</a>
  return (
    <ConsoleFrame {...props} title={client.name} aside={<ClientTags entry={entry} />}>
      <Card id="client">
        <KeyValues
          items={[
            { label: 'Id', value: <code>{client.id}</code>, id: 'client-id' },
            { label: 'Registered by', value: byUser ?? REGISTRANTS[client.registeredBy] ?? client.registeredBy },
            { label: 'Since', value: <Time at={createdAt} /> },
            { label: 'Last used', value: usedAt === null ? 'never' : <Time at={usedAt} /> },
            { label: 'Goes back to', value: <Addresses addresses={client.redirectUris} /> },
          ]}
        />
        <p>
          <a href={page.href(`/console/audit?${new URLSearchParams({ target: client.id })}`)}>
            What was done to this app
          </a>
        </p>
      </Card>
      <Changes {...props} />
      <Card id="client-metadata" heading="All that was registered">
        <KeyValues
          items={Object.entries(client.metadata).map(([name, value]) => ({
            label: name,
            value: <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>,
          }))}
        />
      </Card>
    </ConsoleFrame>
  )
}

function Addresses({ addresses }: { readonly addresses: readonly string[] }) {
  return (
    <ul class="plain">
      {addresses.map((address) => (
        <li key={address}>
          <code>{address}</code>
        </li>
      ))}
    </ul>
  )
}

function Changes({ page, entry: { client, isDisabled, updatedAt } }: ClientPage) {
  const { id, isVerified } = client
  const change = (what: string, label: string, kind: 'quiet' | 'danger' = 'quiet') => (
    <Form page={page} action={page.href(`/console/client/${what}`)} hidden={{ id, seen_at: updatedAt.toISOString() }}>
      <Button id={`client-${what}`} kind={kind}>
        {label}
      </Button>
    </Form>
  )
  return (
    <Card id="client-changes" heading="Changes">
      <p>
        People are warned of unverified apps when these ask them for something. Verify one only after you have asked
        whoever runs it; it counts until its registration is changed. An app that is switched off can do nothing, and
        neither can its tokens; switched on again, both go on.
      </p>
      <div class="row">
        {isVerified ? change('unverify', 'No longer vouch for it') : change('verify', 'Verify')}
        {isDisabled ? change('enable', 'Switch on') : change('disable', 'Switch off')}
        <ButtonLink
          id="client-delete"
          kind="danger"
          href={page.href(`/console/client/delete?${new URLSearchParams({ id })}`)}
        >
          Delete …
        </ButtonLink>
      </div>
    </Card>
  )
}
