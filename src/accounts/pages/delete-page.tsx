import {
  Button,
  ButtonLink,
  Card,
  ErrorSummary,
  type FieldError,
  Form,
  Layout,
  Notice,
  type PageContext,
  PageHead,
  TextInput,
  type VNode,
} from '#ui'

/** `/account/delete`. */
export function deletePage(props: {
  readonly page: PageContext
  readonly username: string
  /** Else a fresh sign-in stands for it, which was asked for before. */
  readonly hasPassword: boolean
  /** Then it cannot be deleted: nobody could open the console. */
  readonly isLastAdministrator: boolean
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, username, hasPassword, errors } = props
  if (props.isLastAdministrator) return lastAdministratorPage(page, username)
  return (
    <Layout page={page} title="Delete the account" width="narrow">
      <PageHead title={`Delete the account ${username}?`} />
      <ErrorSummary errors={errors} />
      <Notice tone="warn" heading="It cannot be taken back">
        <ul>
          <li>You are signed out everywhere, and apps can no longer do anything in your name.</li>
          <li>Your runs end. Your connections are given back at the providers, and your files are deleted.</li>
          <li>Apps that you registered here stop working.</li>
        </ul>
      </Notice>
      <Card>
        <Form page={page} id="delete-form" action={page.href('/account/delete')}>
          {hasPassword ? (
            <TextInput
              id="password"
              name="password"
              type="password"
              label="Your password"
              hint="So that nobody else does this in a browser that you left open."
              required
              autocomplete="current-password"
              error={errors.find((error) => error.field === 'password')?.message}
            />
          ) : null}
          <div class="row">
            <Button id="delete-confirm" kind="danger">
              Delete the account and everything in it
            </Button>
            <ButtonLink id="delete-cancel" kind="quiet" href={page.href('/account')}>
              Keep it
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}

function lastAdministratorPage(page: PageContext, username: string): VNode {
  return (
    <Layout page={page} title="Delete the account" width="narrow">
      <PageHead title={`The account ${username} cannot be deleted now`} />
      <Notice id="delete-last-administrator" tone="warn" heading="It is the only administrator">
        <p>
          Nothing was deleted: nobody could open the console any more. Whoever runs the server makes another
          administrator by <code>{'trivet user create <name> --admin'}</code>. Then come back.
        </p>
      </Notice>
      <div class="row">
        <ButtonLink id="delete-cancel" kind="quiet" href={page.href('/account')}>
          Back to the account
        </ButtonLink>
      </div>
    </Layout>
  )
}
