import {
  Button,
  Card,
  ErrorSummary,
  type FieldError,
  Form,
  Layout,
  type PageContext,
  PageHead,
  TextInput,
  type VNode,
} from '#ui'
import { LEAST_PASSWORD } from '../passwords/rules.ts'

/** `/reset`: a new password, for who opened a link of ours. */
export function resetPage(props: {
  readonly page: PageContext
  readonly username: string
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, username, errors } = props
  return (
    <Layout page={page} title="Choose a new password" width="narrow">
      <PageHead
        title="Choose a new password"
        lead={`For the account ${username}. All browsers and apps that are signed in to it have to sign in again, and so do you.`}
      />
      <ErrorSummary errors={errors} />
      <Card>
        <Form page={page} id="reset-form" action={page.href('/reset')}>
          {/* For password managers: they store a password beside a name. */}
          <input type="text" name="username" value={username} autocomplete="username" readonly hidden />
          <TextInput
            id="next-password"
            name="new_password"
            type="password"
            label="The new password"
            hint={`At least ${LEAST_PASSWORD} characters; 15 or more are better. Four words in a row are good.`}
            required
            autocomplete="new-password"
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
