import type { UserRecord } from '#accounts'
import { EmptyState, Table, Tag, Time, type VNode } from '#ui'
import { ConsoleFrame, type Frame } from './frame.tsx'
import { NextPage, SearchFields, SearchForm } from './list-parts.tsx'

const PATH = '/console/users'

const STATES = [
  { value: 'online', label: 'online now' },
  { value: 'disabled', label: 'disabled' },
  { value: 'administrator', label: 'administrators' },
] as const

/** `/console/users`. */
export function usersPage(
  props: Frame & {
    readonly users: readonly UserRecord[]
    readonly next: string | null
    readonly asked: { readonly search: string; readonly state: string }
  },
): VNode {
  const { page, users, next, asked } = props
  return (
    <ConsoleFrame {...props} title="Users" lead="Everybody with an account here, by name.">
      <SearchForm page={page} id="user-search" path={PATH}>
        <SearchFields {...asked} label="Name, e-mail address or id" states={STATES} />
      </SearchForm>
      {users.length === 0 ? (
        <EmptyState id="no-users" heading="Nobody that fits">
          Part of a name is enough.
        </EmptyState>
      ) : (
        <Table
          id="users"
          caption="Users"
          captionHidden
          headers={['Name', 'State', 'E-mail address', 'Last seen', 'Since']}
          rows={users.map((user) => [
            <a key="name" href={page.href(`${PATH}/${user.id}`)}>
              {user.username}
            </a>,
            <UserTags key="state" user={user} />,
            user.email ?? '–',
            <Time key="seen" at={user.operatedAt} />,
            <Time key="since" at={user.createdAt} dateOnly />,
          ])}
        />
      )}
      <NextPage page={page} path={PATH} query={asked} from={['after', next]} />
    </ConsoleFrame>
  )
}

/** Who somebody is, in words; "offline" where nothing else is to be said. */
export function UserTags({ user }: { readonly user: UserRecord }) {
  return (
    <span class="row">
      {user.isOnline ? <Tag tone="ok">online</Tag> : null}
      {user.isAdmin ? <Tag tone="accent">administrator</Tag> : null}
      {user.isDisabled ? <Tag tone="bad">disabled</Tag> : null}
      {user.isOnline || user.isAdmin || user.isDisabled ? null : <span class="soft">offline</span>}
    </span>
  )
}
