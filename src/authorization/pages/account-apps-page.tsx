import {
  Button,
  ButtonLink,
  Card,
  EmptyState,
  Form,
  KeyValues,
  Layout,
  type PageContext,
  PageHead,
  Tag,
  Time,
  type VNode,
} from '#ui'
import type { Apis } from '../checks/apis.ts'
import type { Client, ClientEntry } from '../clients/client.ts'
import { describeScope } from '../consents/scope-words.ts'
import type { Access } from '../store/access.ts'
import { ClientLogo } from './client-logo.tsx'

/** An application and what it may do; `client` is undefined for one that was switched off. */
export type ShownAccess = Access & { readonly client: Client | undefined }

const DONE = {
  revoked: 'Its access has ended. If you use it again, it has to ask.',
  deleted: 'The app is deleted, with all that was issued to it.',
}

/** `/account/apps`: who may do what in one's name, and a button for each that ends it; and what one registered oneself. */
export function accountAppsPage(props: {
  readonly page: PageContext
  readonly apps: readonly ShownAccess[]
  readonly apis: Apis
  readonly own: readonly ClientEntry[]
  readonly done: keyof typeof DONE | undefined
}): VNode {
  const { page, apps, apis, own, done } = props
  return (
    <Layout page={page} title="Apps with access" status={done === undefined ? undefined : DONE[done]}>
      <PageHead
        title="Apps with access"
        lead="What you allowed other applications to do with your account here."
        eyebrow={<a href={page.href('/account')}>Your account</a>}
      />
      {apps.length === 0 ? (
        <EmptyState id="no-apps" heading="No application has access">
          When you sign in somewhere with this account, it is listed here.
        </EmptyState>
      ) : (
        <div class="stack" id="apps">
          {apps.map((app) => (
            <AppCard key={app.clientId} page={page} app={app} apis={apis} />
          ))}
        </div>
      )}
      {own.length === 0 ? null : <OwnApps page={page} own={own} />}
    </Layout>
  )
}

function OwnApps({ page, own }: { readonly page: PageContext; readonly own: readonly ClientEntry[] }) {
  return (
    <section class="stack" id="own-apps">
      <h2>Apps you registered</h2>
      {own.map(({ client, isDisabled, createdAt }) => (
        <Card
          key={client.id}
          heading={client.name}
          aside={isDisabled ? <Tag tone="warn">switched off by an administrator</Tag> : undefined}
        >
          <KeyValues
            items={[
              { label: 'Client id', value: client.id },
              { label: 'Registered', value: <Time at={createdAt} dateOnly /> },
            ]}
          />
          {isDisabled ? null : (
            <div class="row">
              <ButtonLink
                id={`delete-${client.id}`}
                kind="danger"
                href={page.href(`/account/apps/delete?${new URLSearchParams({ client: client.id })}`)}
              >
                Delete …
              </ButtonLink>
            </div>
          )}
        </Card>
      ))}
    </section>
  )
}

function AppCard(props: { readonly page: PageContext; readonly app: ShownAccess; readonly apis: Apis }) {
  const { page, app, apis } = props
  const { client, clientId } = app
  return (
    <Card
      heading={client?.name ?? clientId}
      aside={client?.isVerified ? <Tag tone="ok">verified</Tag> : <Tag tone="warn">unverified</Tag>}
    >
      {client === undefined ? null : <ClientLogo page={page} client={client} />}
      <ul class="points">
        {app.scopes.map((scope) => (
          <li key={scope} data-scope={scope}>
            {describeScope(scope, apis)}
          </li>
        ))}
      </ul>
      <KeyValues
        items={[
          ...(client?.registeredBy === 'document' ? [{ label: 'Its address', value: new URL(clientId).host }] : []),
          { label: 'Since', value: <Time at={app.since} dateOnly /> },
          { label: 'While you are away', value: app.isLasting ? 'yes' : 'no' },
        ]}
      />
      <Form
        page={page}
        id={`revoke-form-${clientId}`}
        action={page.href('/account/apps/revoke')}
        hidden={{ client: clientId }}
      >
        <div class="row">
          <Button id={`revoke-${clientId}`} kind="danger">
            End its access
          </Button>
        </div>
      </Form>
    </Card>
  )
}
