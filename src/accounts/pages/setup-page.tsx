import { Button, Card, ErrorSummary, type FieldError, Form, Layout, type PageContext, PageHead, type VNode } from '#ui'
import { NewPasswordField, UsernameField } from './credential-fields.tsx'

/** `/setup/administrator`: name and password of the first administrator. */
export function setupPage(props: {
  readonly page: PageContext
  readonly token: string
  readonly username: string
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, token, username, errors } = props
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message
  return (
    <Layout page={page} title="The first administrator" width="narrow">
      <PageHead
        title="The first administrator"
        lead="Administrators see all users and clients of this server, and can switch them off. This page works once."
      />
      <ErrorSummary errors={errors} />
      <Card>
        <Form page={page} id="setup-form" action={page.href('/setup/administrator')} hidden={{ token }}>
          <UsernameField
            value={username}
            hint="Letters and digits, and dots, hyphens or underscores between them."
            error={errorOf('username')}
          />
          <NewPasswordField id="password" name="password" label="Password" error={errorOf('password')} />
          <div class="row">
            <Button id="setup-submit">Make me the administrator</Button>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
