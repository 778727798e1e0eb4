import type { UserRecord } from '#accounts'
import { Card, CopyField, type VNode } from '#ui'
import { ConsoleFrame, type Frame } from './frame.tsx'

/** What `POST /console/users/:id/reset-link` answers: the link, once. */
export function resetLinkPage(props: Frame & { readonly user: UserRecord; readonly link: string }): VNode {
  const { page, user, link } = props
  return (
    <ConsoleFrame
      {...props}
      title={`A new password for ${user.username}`}
      lead="Give this link to them in a way that nobody else sees. It works once, within 15 minutes."
      islands={['copy-field']}
    >
      <Card>
        <CopyField
          id="reset-link"
          label="The link, shown only now"
          hint="It lets them choose a password. It signs nobody in, and asks for a second factor as always."
          value={link}
        />
        <p>
          <a href={page.href(`/console/users/${user.id}`)}>Back to {user.username}</a>
        </p>
      </Card>
    </ConsoleFrame>
  )
}
