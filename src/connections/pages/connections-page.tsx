import {
  Button,
  ButtonLink,
  Card,
  EmptyState,
  Form,
  KeyValues,
  Layout,
  Notice,
  type PageContext,
  PageHead,
  ProviderMark,
  Tag,
  Time,
  type VNode,
} from '#ui'
import type { ConnectionView } from '../connection-view.ts'
import type { ProviderView } from '../connections.ts'
import { type ConnectionsNotice, NoticeOf } from './connections-notice.tsx'

export type ConnectionCard = {
  readonly connection: ConnectionView
  /** What was granted and what was not, in plain words. */
  readonly may: readonly string[]
  readonly mayNot: readonly string[]
  /** What to ask for when it is connected again. */
  readonly scopes: string
}

export function connectionsPage(props: {
  readonly page: PageContext
  readonly cards: readonly ConnectionCard[]
  readonly providers: readonly ProviderView[]
  readonly notice: ConnectionsNotice | undefined
}): VNode {
  const { page, cards, providers, notice } = props
  return (
    <Layout page={page} title="Connections">
      <PageHead title="Connections" lead="Accounts elsewhere that you let Trivet use, and what for." />
      {notice === undefined ? null : <NoticeOf page={page} notice={notice} />}
      {cards.length === 0 ? (
        <EmptyState id="no-connections" heading="No account is connected">
          You are asked when something needs one. You can also connect an account now.
        </EmptyState>
      ) : (
        cards.map((card) => <ConnectionOf key={card.connection.id} page={page} {...card} />)
      )}
      <Available page={page} providers={providers} hasSome={cards.length > 0} />
    </Layout>
  )
}

function ConnectionOf({ page, connection, may, mayNot, scopes }: ConnectionCard & { readonly page: PageContext }) {
  const { id, providerName, accountName, status } = connection
  const again = { connection: id, scopes, return_to: '/connections', denied_to: '/connections' }
  return (
    <Card
      id={`connection-${id}`}
      data-account={accountName}
      data-status={status}
      heading={accountName}
      aside={<Status connection={connection} missing={mayNot.length > 0} />}
    >
      <p class="eyebrow">
        {connection.accountPicture === null ? (
          <ProviderMark provider={connection.provider} />
        ) : (
          <img class="picture" src={page.href(connection.accountPicture)} width={40} height={40} alt="" />
        )}
        {providerName}
      </p>
      {connection.reason === null ? null : (
        <Notice tone="warn" heading="It no longer works">
          <p>{connection.reason}</p>
        </Notice>
      )}
      <KeyValues
        items={[
          { label: 'Trivet may', value: <List items={may} /> },
          ...(mayNot.length === 0 ? [] : [{ label: 'Not allowed', value: <List items={mayNot} /> }]),
          ...(status === 'active' ? [{ label: 'Until', value: <Until connection={connection} /> }] : []),
          { label: 'Connected', value: <Time at={connection.connectedAt} /> },
          { label: 'Last used', value: connection.usedAt === null ? 'never' : <Time at={connection.usedAt} /> },
        ]}
      />
      <div class="row">
        <Form
          page={page}
          id={`reconnect-form-${id}`}
          action={page.href(`/connect/${connection.provider}`)}
          hidden={again}
        >
          <Button id={`reconnect-${id}`} kind={status === 'active' ? 'quiet' : 'primary'}>
            Reconnect <span class="unseen">{accountName}</span>
          </Button>
        </Form>
        <Form page={page} id={`disconnect-form-${id}`} action={page.href(`/connections/${id}/disconnect`)}>
          <Button id={`disconnect-${id}`} kind="danger">
            Disconnect <span class="unseen">{accountName}</span>
          </Button>
        </Form>
      </div>
    </Card>
  )
}

function Status({ connection, missing }: { readonly connection: ConnectionView; readonly missing: boolean }) {
  if (connection.status === 'needs_reconnect') return <Tag tone="warn">has to be connected again</Tag>
  return missing ? <Tag tone="warn">connected, a permission is missing</Tag> : <Tag tone="ok">connected</Tag>
}

function List({ items }: { readonly items: readonly string[] }) {
  return (
    <ul class="points">
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  )
}

/** Said when it is connected, not when it stops: "works for an hour, then 401" (facts §4, theme 3). */
function Until({ connection }: { readonly connection: ConnectionView }) {
  const { hasRefreshToken, accessExpiresAt, providerName } = connection
  if (hasRefreshToken || accessExpiresAt === null) return 'stays connected, until you end it'
  return (
    <>
      ends <Time at={accessExpiresAt} />, because {providerName} gave nothing to renew it with (no refresh token)
    </>
  )
}

function Available(props: {
  readonly page: PageContext
  readonly providers: readonly ProviderView[]
  readonly hasSome: boolean
}) {
  const { page, providers, hasSome } = props
  return (
    <Card id="available" heading={hasSome ? 'Connect another account' : 'Connect an account'}>
      <ul class="plain">
        {providers.map(({ id, name, source }) => (
          <li key={id} class="row">
            <ProviderMark provider={id} />
            <span>{name}</span>
            {source === 'sandbox' ? <Tag tone="accent">sandbox</Tag> : null}
            {source === 'unset' ? (
              <ButtonLink id={`setup-${id}`} kind="quiet" href={page.href(`/setup/${id}`)}>
                Set up {name}
              </ButtonLink>
            ) : (
              <ButtonLink
                id={`connect-${id}`}
                kind="quiet"
                href={page.href(`/connect/${id}${hasSome ? '?choose_account=yes' : ''}`)}
              >
                Connect {name}
              </ButtonLink>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}
