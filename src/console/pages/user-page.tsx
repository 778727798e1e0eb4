import type { LoginEvent, SessionView, UserRecord } from '#accounts'
import type { Client } from '#authorization'
import { Button, Card, Form, KeyValues, type PageContext, Table, Time, type VNode } from '#ui'
import { ConsoleFrame, type Frame } from './frame.tsx'
import { UserTags } from './users-page.tsx'

type UserPage = Frame & {
  readonly user: UserRecord
  readonly sessions: readonly SessionView[]
  readonly logins: readonly LoginEvent[]
  readonly clients: readonly Client[]
  /** An administrator who looks at their own account. */
  readonly isSelf: boolean
}

/** `/console/users/:id`. */
export function userPage(props: UserPage): VNode {
  const { page, user } = props
  return (
    <ConsoleFrame {...props} title={user.username} aside={<UserTags user={user} />}>
      <Card id="user">
        <KeyValues
          items={[
            { label: 'Id', value: <code>{user.id}</code>, id: 'user-id' },
            { label: 'E-mail address', value: describeEmail(user), id: 'user-email' },
            { label: 'Since', value: <Time at={user.createdAt} />, id: 'user-since' },
            { label: 'Last seen', value: <Time at={user.operatedAt} />, id: 'user-seen' },
          ]}
        />
        <p>
          <a href={page.href(`/console/audit?${new URLSearchParams({ target: user.id })}`)}>
            What was done to this account
          </a>
        </p>
      </Card>
      <Changes {...props} />
      <Sessions {...props} />
      <Clients {...props} />
      <Logins {...props} />
    </ConsoleFrame>
  )
}

function describeEmail({ email, emailVerified }: UserRecord): string {
  if (email === null) return 'none'
  return emailVerified ? `${email} (verified)` : email
}

function Changes({ page, user, isSelf }: UserPage) {
  const action = (what: string) => page.href(`/console/users/${user.id}/${what}`)
  return (
    <Card id="user-changes" heading="Changes">
      <p>
        Signing out ends sessions, login tokens, and what apps hold in this name. Disabling does the same, and keeps the
        person out until the account is enabled again; nothing of theirs is deleted. Turning off codes is for who has
        lost their authenticator app: ask them first, in a way that nobody else can use.
      </p>
      {isSelf ? <p class="soft">This is your own account: another administrator can disable it.</p> : null}
      <div class="row">
        <Form page={page} action={action('sign-out')}>
          <Button id="user-sign-out" kind="quiet">
            Sign out everywhere
          </Button>
        </Form>
        <Form page={page} action={action('remove-codes')}>
          <Button id="user-remove-codes" kind="quiet">
            Turn off codes
          </Button>
        </Form>
        {user.isDisabled ? null : (
          <Form page={page} action={action('reset-link')}>
            <Button id="user-reset-link" kind="quiet">
              Make a link for a new password
            </Button>
          </Form>
        )}
        {user.isDisabled ? (
          <Form page={page} action={action('enable')}>
            <Button id="user-enable" kind="quiet">
              Enable
            </Button>
          </Form>
        ) : isSelf ? null : (
          <Form page={page} action={action('disable')}>
            <Button id="user-disable" kind="danger">
              Disable
            </Button>
          </Form>
        )}
      </div>
    </Card>
  )
}

function Sessions({ sessions }: UserPage) {
  return (
    <Card id="user-sessions" heading="Where they are signed in">
      {sessions.length === 0 ? (
        <p>Nowhere.</p>
      ) : (
        <Table
          id="sessions"
          caption="Sessions, the last used first"
          captionHidden
          headers={['Last used', 'Since', 'From', 'With']}
          rows={sessions.map(({ id, seenAt, startedAt, address, userAgent }) => [
            <Time key={id} at={seenAt} />,
            <Time key="since" at={startedAt} />,
            address,
            userAgent,
          ])}
        />
      )}
    </Card>
  )
}

function Clients({ page, clients }: UserPage) {
  if (clients.length === 0) return null
  return (
    <Card id="user-clients" heading="Apps they registered">
      <ul class="points">
        {clients.map(({ id, name }: { readonly id: string; readonly name: string }) => (
          <li key={id}>{clientLink(page, id, name)}</li>
        ))}
      </ul>
    </Card>
  )
}

export function clientLink(page: PageContext, id: string, name: string) {
  return <a href={page.href(`/console/client?${new URLSearchParams({ id })}`)}>{name}</a>
}

function Logins({ logins }: UserPage) {
  return (
    <Card id="user-logins" heading="Sign-ins and attempts">
      {logins.length === 0 ? (
        <p>None in the last 90 days.</p>
      ) : (
        <Table
          id="logins"
          caption="The last 20, the latest first"
          captionHidden
          headers={['When', 'What came of it', 'How', 'From', 'With']}
          rows={logins.map(({ at, outcome, method, address, userAgent }) => [
            <Time key="at" at={at} />,
            outcome.replaceAll('_', ' '),
            method.replaceAll('_', ' '),
            address,
            userAgent,
          ])}
        />
      )}
    </Card>
  )
}
