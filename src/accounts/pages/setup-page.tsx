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
          <TextInput
            id="username"
            name="username"
            label="Username"
            hint="Letters and digits, and dots, hyphens or underscores between them."
            value={username}
            required
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            error={errorOf('username')}
          />
          <TextInput
            id="password"
            name="password"
            type="password"
            label="Password"
            hint={`At least ${LEAST_PASSWORD} characters; 15 or more are better. Four words in a row are good.`}
            required
            autocomplete="new-password"
            error={errorOf('password')}
          />
          <div class="row">
            <Button id="setup-submit">Make me the administrator</Button>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
