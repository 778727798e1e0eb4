import {
  Button,
  ButtonLink,
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
import { NewPasswordField } from './credential-fields.tsx'

/** `/account/password`. */
export function passwordPage(props: {
  readonly page: PageContext
  readonly username: string
  /** Else this is the first one, and nothing proves it but a fresh sign-in. */
  readonly hasPassword: boolean
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, username, hasPassword, errors } = props
  const title = hasPassword ? 'Change the password' : 'Set a password'
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message
  return (
    <Layout page={page} title={title} width="narrow">
      <PageHead title={title} lead="All other browsers and apps in which you are signed in have to sign in again." />
      <ErrorSummary errors={errors} />
      <Card>
        <Form page={page} id="password-form" action={page.href('/account/password')}>
          {/* For password managers: they store a password beside a name. */}
          <input type="text" name="username" value={username} autocomplete="username" readonly hidden />
          {hasPassword ? (
            <TextInput
              id="current-password"
              name="current_password"
              type="password"
              label="The password you have"
              required
              autocomplete="current-password"
              error={errorOf('current-password')}
            />
          ) : null}
          <NewPasswordField
            id="next-password"
            name="new_password"
            label="The new password"
            error={errorOf('next-password')}
          />
          <div class="row">
            <Button id="password-save">{title}</Button>
            <ButtonLink id="password-cancel" kind="quiet" href={page.href('/account')}>
              Back
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
