import {
  Button,
  ButtonLink,
  Card,
  Form,
  KeyValues,
  Layout,
  type PageContext,
  PageHead,
  Table,
  Tag,
  Time,
  type VNode,
} from '#ui'
import type { AccountLink } from '../deps.ts'
import type { SessionView } from '../store/browser-session.ts'
import type { LoginEvent } from '../store/login-event.ts'
import type { User } from '../user.ts'
import { describeUserAgent } from './user-agent.ts'

type AccountPage = {
  readonly page: PageContext
  readonly user: User
  readonly sessions: readonly SessionView[]
  readonly currentSession: string
  readonly events: readonly LoginEvent[]
  readonly links: readonly AccountLink[]
  readonly status: string | undefined
}

/** `/account`: who one is here, where one is signed in, and what happened lately. */
export function accountPage(props: AccountPage): VNode {
  const { page, user, links, status } = props
  return (
    <Layout page={page} title="Your account" status={status}>
      <PageHead
        title={user.username}
        lead="Your account on this server."
        aside={user.isAdmin ? <Tag tone="accent">administrator</Tag> : undefined}
      />
      <Card id="account-person">
        <KeyValues
          items={[
            { label: 'Username', value: user.username, id: 'account-username' },
            { label: 'Known to apps as', value: <code>{user.publicId}</code>, id: 'account-sub' },
            { label: 'E-mail address', value: user.email ?? 'none', id: 'account-email' },
          ]}
        />
        <div class="row">
          <ButtonLink id="account-profile" kind="quiet" href={page.href('/account/profile')}>
            Profile
          </ButtonLink>
          <ButtonLink id="account-password" kind="quiet" href={page.href('/account/password')}>
            Change the password
          </ButtonLink>
          {links.map(({ id, href, label }) => (
            <ButtonLink key={id} id={id} kind="quiet" href={page.href(href)}>
              {label}
            </ButtonLink>
          ))}
          <Form page={page} id="logout-form" action={page.href('/logout')}>
            <Button id="logout" kind="quiet">
              Sign out
            </Button>
          </Form>
        </div>
      </Card>
      <Sessions {...props} />
      <Log events={props.events} />
      <Card id="account-end" heading="The end of this account">
        <p>With it go your runs, connections, files and what you allowed apps. It cannot be taken back.</p>
        <p>
          <ButtonLink id="account-delete" kind="danger" href={page.href('/account/delete')}>
            Delete the account
          </ButtonLink>
        </p>
      </Card>
    </Layout>
  )
}

function Sessions({ page, sessions, currentSession }: AccountPage) {
  return (
    <Card id="account-sessions" heading="Where you are signed in">
      <ul class="plain stack">
        {sessions.map(({ id, startedAt, seenAt, address, userAgent }) => (
          <li key={id} id={`session-${id}`} class="row">
            <span>
              {describeUserAgent(userAgent)}
              {address === '' ? null : `, from ${address}`}
              {id === currentSession ? (
                <>
                  {' '}
                  <Tag tone="ok">this browser</Tag>
                </>
              ) : null}
              <br />
              <span class="soft">
                since <Time at={startedAt} />, last used <Time at={seenAt} />
              </span>
            </span>
            <Form page={page} action={page.href(`/account/sessions/${id}/end`)}>
              <Button id={`end-session-${id}`} kind="quiet">
                End <span class="unseen">{describeUserAgent(userAgent)}</span>
              </Button>
            </Form>
          </li>
        ))}
      </ul>
      {sessions.length > 1 ? (
        <Form page={page} action={page.href('/account/sessions/end-others')}>
          <Button id="end-other-sessions" kind="danger">
            End all others
          </Button>
        </Form>
      ) : null}
    </Card>
  )
}

function Log({ events }: { readonly events: readonly LoginEvent[] }) {
  return (
    <Card id="account-log" heading="What happened lately">
      <p>
        If there is something that was not you: change the password, which also ends all other sessions. Older than 90
        days is not kept.
      </p>
      <Table
        id="login-log"
        caption="Sign-ins and attempts, the latest first"
        captionHidden
        headers={['When', 'What', 'From', 'With']}
        rows={events.map((event) => [
          <Time key="at" at={event.at} />,
          describeEvent(event),
          event.address,
          describeUserAgent(event.userAgent),
        ])}
      />
    </Card>
  )
}

const OUTCOMES = {
  succeeded: 'signed in',
  failed: 'wrong password',
  blocked: 'wrong password; attempts blocked for a while',
  logged_out: 'signed out',
} as const

const METHODS: Readonly<Record<string, string>> = {
  password_api: 'by the API',
  confirmation: 'password asked for again',
  register: 'new account',
}

function describeEvent({ outcome, method }: LoginEvent): string {
  const how = METHODS[method]
  const what = method === 'confirmation' && outcome === 'succeeded' ? 'confirmed' : OUTCOMES[outcome]
  return how === undefined ? what : `${what} (${how})`
}
