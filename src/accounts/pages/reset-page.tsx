import {
  Button,
  Card,
  ErrorSummary,
  type FieldError,
  Form,
  Layout,
  Notice,
  type PageContext,
  PageHead,
  type VNode,
} from '#ui'
import type { WaysAfterReset } from '../store/unproved-ways.ts'
import { NewPasswordField } from './credential-fields.tsx'

/** `/reset`: a new password, for who opened a link of ours. */
export function resetPage(props: {
  readonly page: PageContext
  readonly username: string
  readonly ways: WaysAfterReset | undefined
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, username, ways, errors } = props
  return (
    <Layout page={page} title="Choose a new password" width="narrow">
      <PageHead
        title="Choose a new password"
        lead={`For the account ${username}. All browsers and apps that are signed in to it have to sign in again, and so do you.`}
      />
      <ErrorSummary errors={errors} />
      {ways && ways.removed > 0 ? (
        <Notice id="reset-removes" tone="warn" heading="Other ways to sign in end">
          {`Passkeys and linked accounts that were added before this e-mail address was confirmed may be somebody else’s: ${ways.removed} of them will be removed with the new password. Add yours again afterwards, and confirm the address, so that they stay the next time.`}
        </Notice>
      ) : null}
      {ways && ways.kept > 0 ? (
        <Notice id="reset-keeps" heading="Other ways to sign in stay">
          {`${ways.kept} of the passkeys and linked accounts still sign in afterwards. Look at them in your account then, and remove those that are not yours.`}
        </Notice>
      ) : null}
      <Card>
        <Form page={page} id="reset-form" action={page.href('/reset')}>
          {/* For password managers: they store a password beside a name. */}
          <input type="text" name="username" value={username} autocomplete="username" readonly hidden />
          <NewPasswordField
            id="next-password"
            name="new_password"
            label="The new password"
            error={errors.find(({ field }) => field === 'next-password')?.message}
          />
          <div class="row">
            <Button id="reset-submit">Set the new password</Button>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
