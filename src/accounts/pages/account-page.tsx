import {
  Button,
  ButtonLink,
  Card,
  Form,
  KeyValues,
  Layout,
  Notice,
  type PageContext,
  PageHead,
  Table,
  Tag,
  Time,
  type VNode,
} from '#ui'
import type { AccountLink } from '../deps.ts'
import type { SignInProvider } from '../identities/identity.ts'
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
  readonly providers: readonly SignInProvider[]
  readonly hasPassword: boolean
  readonly links: readonly AccountLink[]
  readonly sendsMail: boolean
  /** Of the guest that this browser was before. */
  readonly hasGuestThings: boolean
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
            { label: 'E-mail address', value: <Email {...props} />, id: 'account-email' },
          ]}
        />
        <div class="row">
          <ButtonLink id="account-profile" kind="quiet" href={page.href('/account/profile')}>
            Profile
          </ButtonLink>
          <ButtonLink id="account-password" kind="quiet" href={page.href('/account/password')}>
            {props.hasPassword ? 'Change the password' : 'Set a password'}
          </ButtonLink>
          <ButtonLink id="account-factors" kind="quiet" href={page.href('/account/factors')}>
            Passkeys and codes
          </ButtonLink>
          <ButtonLink id="account-identities" kind="quiet" href={page.href('/account/identities')}>
            Sign in with …
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
      {props.hasGuestThings ? (
        <Notice id="account-guest-things" heading="Things from before you signed in are still there">
          <p>
            Somebody used this browser as a guest.{' '}
            <a id="account-merge" href={page.href('/account/merge')}>
              Look at them
            </a>
            , and take along what is yours. You can do so for some hours, and in this session only.
          </p>
        </Notice>
      ) : null}
      <Sessions {...props} />
      <Log events={props.events} providers={props.providers} />
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

function Email({ page, user: { email, emailVerified }, sendsMail }: AccountPage) {
  if (email === null) return <>none</>
  if (emailVerified) {
    return (
      <>
        {email} <Tag tone="ok">confirmed</Tag>
      </>
    )
  }
  return (
    <>
      {email} <Tag>not confirmed</Tag>
      {sendsMail ? (
        <Form page={page} id="verify-email-form" action={page.href('/account/email/verify')}>
          <Button id="account-verify-email" kind="quiet">
            Send me a link to confirm it
          </Button>
        </Form>
      ) : null}
    </>
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

function Log({ events, providers }: Pick<AccountPage, 'events' | 'providers'>) {
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
          describeEvent(event, providers),
          event.address,
          describeUserAgent(event.userAgent),
        ])}
      />
    </Card>
  )
}

const OUTCOMES = {
  succeeded: 'signed in',
  half: 'first step right; code asked for',
  failed: 'wrong password',
  blocked: 'wrong password; attempts blocked for a while',
  logged_out: 'signed out',
} as const

/** What succeeded, where that was no sign-in. */
const DONE: Readonly<Record<string, string>> = { confirmation: 'confirmed', password_reset: 'chose a new password' }

/** What went wrong, where that was no password. */
const WRONG: Readonly<Record<string, string>> = { code: 'wrong code', passkey: 'passkey refused' }

const METHODS: Readonly<Record<string, string>> = {
  passkey: 'by a passkey',
  code: 'with a code',
  recovery_code: 'with a recovery code',
  password_api: 'by the API',
  confirmation: 'password asked for again',
  register: 'new account',
  administrator: 'by an administrator',
  password_reset: 'by a link',
}

function describeEvent({ outcome, method }: LoginEvent, providers: readonly SignInProvider[]): string {
  const provider = providers.find(({ id }) => id === method)
  const wrong = outcome === 'failed' || outcome === 'blocked' ? WRONG[method] : undefined
  if (wrong !== undefined) return outcome === 'blocked' ? `${wrong}; attempts blocked for a while` : wrong
  const how = METHODS[method] ?? (provider && `with ${provider.name}`)
  const what = outcome === 'succeeded' ? (DONE[method] ?? OUTCOMES[outcome]) : OUTCOMES[outcome]
  return how === undefined ? what : `${what} (${how})`
}
