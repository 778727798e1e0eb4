import { ButtonLink, Notice, type PageContext } from '#ui'
import type { ConnectionView } from '../connection-view.ts'
import type { Upstream } from '../disconnect.ts'

/** What has just happened, told once on the page of connections. */
export type ConnectionsNotice =
  | { readonly kind: 'denied' | 'expired'; readonly providerName: string }
  | {
      readonly kind: 'disconnected'
      readonly providerName: string
      readonly upstream: Upstream
      /** Where people take access back themselves. */
      readonly page: string | undefined
    }
  | { readonly kind: 'other_account'; readonly connection: ConnectionView; readonly next: string | undefined }

export function NoticeOf({ page, notice }: { readonly page: PageContext; readonly notice: ConnectionsNotice }) {
  switch (notice.kind) {
    case 'denied':
      return (
        <Notice id="notice" role="status" heading="Nothing was connected">
          <p>You did not agree at {notice.providerName}, so nothing changed.</p>
        </Notice>
      )
    case 'expired':
      return (
        <Notice id="notice" tone="warn" role="status" heading="That took too long">
          <p>A sign-in at {notice.providerName} waits ten minutes. Nothing was connected; start again.</p>
        </Notice>
      )
    case 'disconnected':
      return <Disconnected {...notice} />
    case 'other_account':
      return (
        <Notice id="notice" tone="warn" role="status" heading="That was another account">
          <p>
            You signed in at {notice.connection.providerName} as <b>{notice.connection.accountName}</b>, which is not
            the account that was to be connected again. It is now connected as one more account; the other one is as it
            was.
          </p>
          {notice.next === undefined ? null : (
            <p>
              <ButtonLink id="notice-continue" kind="quiet" href={page.href(notice.next)}>
                Go back to where you were
              </ButtonLink>
            </p>
          )}
        </Notice>
      )
  }
}

type DisconnectedProps = Extract<ConnectionsNotice, { kind: 'disconnected' }>

function Disconnected({ providerName, upstream, page }: DisconnectedProps) {
  const own = page === undefined ? null : <a href={page}>the page of {providerName} for that</a>
  return (
    <Notice
      id="notice"
      tone={upstream === 'failed' ? 'warn' : 'ok'}
      role="status"
      heading={`Disconnected from ${providerName}`}
    >
      {upstream === 'revoked' ? <p>The tokens are deleted here, and {providerName} has ended the access too.</p> : null}
      {upstream === 'none' ? <p>The tokens are deleted here; there was no access left to end there.</p> : null}
      {upstream === 'kept' ? (
        <p>
          The tokens are deleted here. At {providerName} the access was not ended, because somebody else on this server
          uses the same account, and that would end theirs too. You can end it for all on {own}.
        </p>
      ) : null}
      {upstream === 'kept_for_sign_in' ? (
        <p>
          The tokens are deleted here. At {providerName} the access was not ended, because somebody signs in to this
          server with the same account, and that would end it too. You can end it for all on {own}.
        </p>
      ) : null}
      {upstream === 'failed' ? (
        <p>
          The tokens are deleted here, but {providerName} could not be told just now. You can end the access yourself on{' '}
          {own}.
        </p>
      ) : null}
    </Notice>
  )
}
